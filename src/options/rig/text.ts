import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { UsageError } from '../../errors.ts';

/** What is missing or wrong, by the parser's name of it. */
const WRONG: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no JSON; texts and names stand in double quotes',
  InvalidNumberFormat: 'this is no number',
  PropertyNameExpected: 'the name of a field is missing, in double quotes',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a : is missing',
  CommaExpected: 'a , is missing',
  CloseBraceExpected: 'a } is missing',
  CloseBracketExpected: 'a ] is missing',
  EndOfFileExpected: 'there is something behind the end',
  UnexpectedEndOfComment: 'a comment has no end',
  UnexpectedEndOfString: 'a text has no end in its line',
  UnexpectedEndOfNumber: 'a number has no end',
  InvalidUnicode: 'this is no \\u and four digits',
  InvalidEscapeCharacter: 'what stands behind a \\ is no sign of JSON; a \\ itself is written \\\\',
  InvalidCharacter: 'there is a control character',
};

/** JSON with comments, whose values know their lines. */
export class JsonText {
  readonly root: Node;
  private readonly file: string;
  private readonly text: string;

  /** @throws UsageError that names file and line, and what is wrong there. */
  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.replace(/^\uFEFF/, '');
    const errors: ParseError[] = [];
    const root = this.parse(errors);
    const [first] = errors;
    if (first !== undefined) {
      throw this.error(first.offset, WRONG[printParseErrorCode(first.error)] ?? 'this is no JSON');
    }
    if (root === undefined) throw this.error(0, 'there is nothing in it');
    this.root = root;
  }

  private parse(errors: ParseError[]): Node | undefined {
    try {
      return parseTree(this.text, errors, { allowTrailingComma: true });
    } catch (error) {
      // Brackets within brackets, more of them than the stack holds.
      if (error instanceof RangeError) throw new UsageError(`${this.file}: has brackets within each other, too deep`);
      throw error;
    }
  }

  /** Where a value stands: `genlock.json:3`. */
  place(offset: number): string {
    return `${this.file}:${this.text.slice(0, offset).split('\n').length}`;
  }

  /** An error at a place in the text. */
  error(offset: number, text: string): UsageError {
    return new UsageError(`${this.place(offset)}: ${text}`);
  }

  /**
   * The fields of an object, by name.
   * @param called what the object is, for messages.
   * @throws UsageError where it is none, or has a field twice.
   */
  fields(node: Node, called: string): ReadonlyMap<string, { readonly key: Node; readonly value: Node }> {
    if (node.type !== 'object') throw this.error(node.offset, `${called} must be an object: { ... }`);
    const fields = new Map<string, { key: Node; value: Node }>();
    for (const { children = [] } of node.children ?? []) {
      const [key, value] = children as [Node, Node];
      const earlier = fields.get(key.value);
      if (earlier !== undefined) {
        throw this.error(key.offset, `${key.value}: stands here for a second time (${this.place(earlier.key.offset)})`);
      }
      fields.set(key.value, { key, value });
    }
    return fields;
  }
}
