import { withOptions } from './option-words.ts';

/** What a script may branch on, besides the class; docs/errors.md says what each means. */
export type ErrorCode = 'usage' | 'option' | 'unknown-option' | 'failed';

/** What an error is made with besides its message. */
export interface ErrorDetail extends ErrorOptions {
  /** Default: the usual one of the class. */
  readonly code?: ErrorCode;
}

/** What an `OptionError` is made with besides. */
export interface OptionErrorDetail extends ErrorDetail {
  /** Who it is about, where that is not the whole: `cam1`. Default: nobody in particular. */
  readonly of?: string;
}

/** What is wrong with an option, to be handed to another process. */
export interface OptionFault {
  /** The option's name. */
  readonly option: string;
  /** What it was given. */
  readonly value: unknown;
  /** What would be right; other options in braces. */
  readonly text: string;
}

/**
 * Something the user gave can't be used: an option, a file, a device, a port. The message is one line that names it and
 * says what would be right. The command line prints it and exits with code 2.
 */
export class UsageError extends Error {
  /** The name of the class. */
  override name = 'UsageError';
  /** What is wrong, for programs. */
  readonly code: ErrorCode;

  constructor(message: string, { code = 'usage', ...options }: ErrorDetail = {}) {
    super(message, options);
    this.code = code;
  }
}

/**
 * An option can't be used as it was given. The message names it as scripts do, `output takes/1: is not empty`; other
 * options stand in `text` in braces, `{force}`, so that each door can say them its own way.
 */
export class OptionError extends UsageError {
  /** The option's name, as in `record({ output })`. */
  readonly option: string;
  /** What it was given; undefined where that says nothing. */
  readonly value: unknown;
  private readonly text: string;
  private readonly of: string | undefined;

  constructor(option: string, value: unknown, text: string, { of, ...detail }: OptionErrorDetail = {}) {
    super(
      sentence(option, value, text, (name) => name, of),
      { code: 'option', ...detail },
    );
    this.option = option;
    this.value = value;
    this.text = text;
    this.of = of;
  }

  /** The same without a class, as JSON takes it. */
  get fault(): OptionFault {
    return { option: this.option, value: this.value, text: this.text };
  }

  /** The message with options as `say` names them: `--output takes/1: is not empty`. */
  saidWith(say: (option: string) => string): string {
    return sentence(this.option, this.value, this.text, say, this.of);
  }
}

/** The same fault as a text in which each option is in braces. */
export const withBraces = ({ option, value, text }: OptionFault): string => `{${option}}${given(value)}: ${text}`;

function sentence(
  option: string,
  value: unknown,
  text: string,
  say: (option: string) => string,
  of: string | undefined,
): string {
  const about = of === undefined ? '' : `${of}: `;
  return `${about}${say(option)}${given(value)}: ${withOptions(text, say)}`;
}

function given(value: unknown): string {
  if (value === undefined || value === true) return '';
  return ` ${typeof value === 'object' ? JSON.stringify(value) : value}`;
}

/** Something failed while working: a camera, an encoder, a disk. One line; exit code 1. */
export class FailureError extends Error {
  /** The name of the class. */
  override name = 'FailureError';
  /** What is wrong, for programs. */
  readonly code: ErrorCode = 'failed';
}

/**
 * Does one thing behind the other, each whatever became of the ones before.
 * @throws the first that went wrong, when all are done.
 */
export async function inOrder(...works: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const work of works) {
    try {
      await work();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
