/**
 * Checks the API as others see it, `genlock` and `genlock/node`: `npx tsx scripts/check-docs.ts`. What is exported, its
 * members and options too, says what it is; and each type that an exported signature names is exported. Prints a line a
 * finding, and exits with 1 where there is any.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The entries of the package. */
const ENTRIES = ['src/index.ts', 'src/node.ts'];

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  allowImportingTsExtensions: true,
  exactOptionalPropertyTypes: true,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
};

/** Reads a library's types once, however often is checked: they are most of the work. */
const host = ts.createCompilerHost(OPTIONS);
const read = host.getSourceFile.bind(host);
const libraries = new Map<string, ts.SourceFile | undefined>();
host.getSourceFile = (file, ...how) => {
  if (!file.includes('/node_modules/')) return read(file, ...how);
  if (!libraries.has(file)) libraries.set(file, read(file, ...how));
  return libraries.get(file);
};

/** What is missing in these entries, a line each, without repetition. */
export function apiFindings(entries: readonly string[]): string[] {
  const program = ts.createProgram(entries, OPTIONS, host);
  return [...new Set(new ApiCheck(program, entries).findings())].sort();
}

class ApiCheck {
  private readonly checker: ts.TypeChecker;
  private readonly program: ts.Program;
  private readonly exported: ReadonlySet<ts.Symbol>;
  private readonly found: string[] = [];

  constructor(program: ts.Program, entries: readonly string[]) {
    this.program = program;
    this.checker = program.getTypeChecker();
    this.exported = new Set(entries.flatMap((entry) => this.exportsOf(entry)));
  }

  private exportsOf(entry: string): ts.Symbol[] {
    const source = this.program.getSourceFile(entry);
    const module = source && this.checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry}: is no module`);
    return this.checker.getExportsOfModule(module).map((symbol) => this.resolved(symbol));
  }

  findings(): readonly string[] {
    for (const symbol of this.exported) {
      this.documented(symbol, symbol.name);
      for (const declaration of symbol.declarations ?? []) this.declaration(declaration, symbol.name);
    }
    return this.found;
  }

  private declaration(node: ts.Declaration, name: string): void {
    if (ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node)) {
      for (const { types } of node.heritageClauses ?? []) {
        for (const type of types) {
          if (type.expression.kind !== ts.SyntaxKind.NullKeyword) this.named(type.expression, name);
          for (const each of type.typeArguments ?? []) this.types(each, name);
        }
      }
      for (const member of node.members) this.member(member, name);
    } else if (ts.isTypeAliasDeclaration(node)) this.alias(node, name);
    else if (ts.isFunctionLike(node)) this.signature(node, name);
    else if (ts.isVariableDeclaration(node)) this.typed(node, node.type, name);
  }

  /** A type with a mapped one in it is what it comes to: its options have their comments where they are defined. */
  private alias(node: ts.TypeAliasDeclaration, name: string): void {
    // What is read by a schema is described there, field by field.
    if (ts.isTypeReferenceNode(node.type) && node.type.typeName.getText() === 'z.infer') return;
    if (!ts.isMappedTypeNode(node.type)) {
      this.types(node.type, name);
      return;
    }
    for (const property of this.checker.getTypeAtLocation(node).getProperties()) {
      this.documented(property, `${name}.${property.name}`);
      this.inferred(this.checker.getTypeOfSymbolAtLocation(property, node), `${name}.${property.name}`);
    }
  }

  private member(node: ts.ClassElement | ts.TypeElement, owner: string): void {
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
    if (ts.getCombinedModifierFlags(node) & hidden || (node.name && ts.isPrivateIdentifier(node.name))) return;
    const name = `${owner}.${node.name?.getText() ?? 'constructor'}`;
    if (ts.isConstructorDeclaration(node)) this.made(node, owner);
    else {
      const symbol = node.name && this.checker.getSymbolAtLocation(node.name);
      if (symbol !== undefined) this.documented(symbol, name);
      if (ts.isFunctionLike(node)) this.signature(node, name);
      else if (ts.isPropertyDeclaration(node) || ts.isPropertySignature(node)) this.typed(node, node.type, name);
    }
  }

  /** Who makes one is told of what it takes by the class, or by its parameters' types. */
  private made(node: ts.ConstructorDeclaration, owner: string): void {
    for (const { type } of node.parameters) if (type !== undefined) this.types(type, owner);
  }

  private signature(node: ts.SignatureDeclaration, name: string): void {
    for (const each of node.typeParameters ?? []) this.types(each, name);
    for (const each of node.parameters) this.typed(each, each.type, name);
    if (node.type !== undefined) this.types(node.type, name);
    else {
      const signature = this.checker.getSignatureFromDeclaration(node);
      if (signature !== undefined) this.inferred(signature.getReturnType(), name);
    }
  }

  private typed(node: ts.Node, type: ts.TypeNode | undefined, name: string): void {
    if (type === undefined) this.inferred(this.checker.getTypeAtLocation(node), name);
    else this.types(type, name);
  }

  /** Each type that is named below a node. Members of a type without a name are told of with what it is the type of. */
  private types(node: ts.Node, name: string): void {
    if (ts.isTypeReferenceNode(node)) this.named(node.typeName, name);
    if (ts.isTypeQueryNode(node)) this.named(node.exprName, name);
    ts.forEachChild(node, (child) => this.types(child, name));
  }

  private named(node: ts.Node, name: string): void {
    const symbol = this.checker.getSymbolAtLocation(node);
    if (symbol !== undefined) this.mustBeExported(this.resolved(symbol), name);
  }

  /** The types that a type without an annotation is made of. */
  private inferred(type: ts.Type, name: string, seen = new Set<ts.Type>()): void {
    if (seen.has(type)) return;
    seen.add(type);
    const next = (of: ts.Type): void => this.inferred(of, name, seen);
    const symbol = type.aliasSymbol ?? type.getSymbol();
    for (const each of [...(type.aliasTypeArguments ?? []), ...this.arguments(type)]) next(each);
    for (const signature of type.getCallSignatures()) {
      for (const parameter of signature.getParameters()) next(this.checker.getTypeOfSymbol(parameter));
      next(signature.getReturnType());
    }
    // What a function is called says nothing.
    const isFunction = type.getCallSignatures().length > 0;
    if (symbol !== undefined && !isNameless(symbol) && !isFunction) this.mustBeExported(symbol, name);
    else if (type.isUnionOrIntersection()) for (const each of type.types) next(each);
    else if (symbol !== undefined && isNameless(symbol)) {
      for (const property of type.getProperties()) next(this.checker.getTypeOfSymbol(property));
    }
  }

  private arguments(type: ts.Type): readonly ts.Type[] {
    return (type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference
      ? this.checker.getTypeArguments(type as ts.TypeReference)
      : [];
  }

  private mustBeExported(symbol: ts.Symbol, name: string): void {
    const [declaration] = symbol.declarations ?? [];
    if (declaration === undefined || ts.isTypeParameterDeclaration(declaration) || !this.isOurs(declaration)) return;
    if (ts.isVariableDeclaration(declaration) && ts.isArrayLiteralExpression(unwrapped(declaration))) return;
    if (!this.exported.has(symbol)) this.found.push(`${name} names ${symbol.name}, which is not exported`);
  }

  private documented(symbol: ts.Symbol, name: string): void {
    const [declaration] = symbol.declarations ?? [];
    if (declaration === undefined || !this.isOurs(declaration)) return;
    if (symbol.getDocumentationComment(this.checker).length > 0) return;
    const source = declaration.getSourceFile();
    const { line } = source.getLineAndCharacterOfPosition(declaration.getStart());
    this.found.push(`${relative('.', source.fileName)}:${line + 1}: ${name} does not say what it is`);
  }

  private isOurs(node: ts.Node): boolean {
    const source = node.getSourceFile();
    return !this.program.isSourceFileFromExternalLibrary(source) && !source.isDeclarationFile;
  }

  private resolved(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }
}

/** What the compiler calls an object or a function without a name. */
const isNameless = (symbol: ts.Symbol): boolean => symbol.name.startsWith('__');

/** What a list of words is made of, without its `as const`: its type is the words. */
function unwrapped(node: ts.VariableDeclaration): ts.Node {
  let { initializer } = node;
  while (initializer && (ts.isAsExpression(initializer) || ts.isSatisfiesExpression(initializer))) {
    initializer = initializer.expression;
  }
  return initializer ?? node;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = apiFindings(ENTRIES);
  for (const finding of findings) console.error(finding);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
