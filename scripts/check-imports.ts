/**
 * Checks which file imports which: `npx tsx scripts/check-imports.ts`. Imports go along the arrows between rooms alone,
 * and never in a circle; types count as all else. Prints a line a finding, and exits with 1 where there is any.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * What each room may import besides itself and the files beside the rooms (errors, version, ...), as
 * docs/architecture.md has it.
 */
const MAY: Readonly<Record<string, readonly string[]>> = {
  time: [],
  wire: ['time'],
  sync: ['time', 'wire'],
  sensor: ['time'],
  drawing: [],
  sim: ['time', 'wire', 'sync', 'sensor'],
  'pixel-clock': ['time'],
  'clock-page': ['time', 'pixel-clock'],
  host: ['time', 'sensor'],
  libav: ['time'],
  rpicam: ['time'],
  camera: ['time', 'sensor', 'drawing', 'pixel-clock', 'host', 'libav', 'rpicam'],
  record: ['time', 'camera', 'libav'],
  verify: ['time', 'pixel-clock', 'libav', 'record'],
  align: ['time', 'libav', 'rpicam', 'record', 'verify'],
  report: ['time', 'record', 'verify', 'libav'],
  export: ['time', 'libav'],
  options: ['time', 'host', 'sync', 'record'],
  doctor: ['host', 'rpicam'],
  hosts: ['time', 'wire', 'sync', 'host', 'options', 'record'],
};

/** The rooms on top, and what they may not import. */
const TOPS: Readonly<Record<string, readonly string[]>> = { run: ['node', 'cli'], node: ['cli'], cli: ['node'] };

/** The order inside `run`: what each of its folders may import of the others. */
const INSIDE_RUN: Readonly<Record<string, readonly string[]>> = {
  clock: [],
  camera: [],
  files: [],
  steering: [],
  'stand-in': ['camera'],
  grid: ['camera'],
  plan: ['camera', 'files'],
  stock: ['camera', 'files', 'plan', 'steering'],
  steered: ['camera', 'files', 'steering', 'stock'],
  repair: ['files', 'stock'],
  gather: ['files', 'repair'],
  hosts: ['camera', 'files', 'plan'],
  take: ['camera', 'files', 'plan', 'steering', 'stock', 'repair', 'gather', 'hosts'],
  session: ['camera', 'files', 'plan', 'steering', 'take'],
  agent: ['camera', 'files', 'plan', 'hosts', 'take'],
  takes: ['repair'],
  export: ['files'],
  doctor: ['files', 'plan', 'steered', 'stock', 'take'],
};

/** Each file, by its path below the folder that was read, and the files there that it imports. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/**
 * Reads what the TypeScript files below a folder import of each other: as values, as types, with `import()`, or to
 * export it again.
 */
export function readImports(folder: string): Imports {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const path = join(folder, file);
      const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ESNext);
      const targets = specifiersOf(source)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => relative(folder, resolve(dirname(path), specifier)));
      return [file, [...new Set(targets)].filter((target) => known.has(target))];
    }),
  );
}

function specifiersOf(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const named = (node: ts.Node | undefined): void => {
    if (node !== undefined && ts.isStringLiteral(node)) found.push(node.text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) named(node.moduleSpecifier);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      named(node.arguments[0]);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) named(node.argument.literal);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Circles of imports, each from a file back to itself: at least one of all those that share a file. */
export function circles(imports: Imports): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): void => {
    const at = way.indexOf(file);
    if (at >= 0) found.push(`imports go in a circle: ${[...way.slice(at), file].join(' -> ')}`);
    if (at >= 0 || done.has(file)) return;
    way.push(file);
    for (const target of imports.get(file) ?? []) visit(target);
    way.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return found;
}

/** Imports that no arrow allows, and rooms that no table tells of. */
export function wrongArrows(imports: Imports): string[] {
  const found = new Set<string>();
  for (const [file, targets] of imports) {
    const room = roomOf(file);
    if (room === undefined) continue;
    const folder = folderOfRun(file);
    if (!(room in MAY || room in TOPS)) found.add(`${room}: a room that the tables of this check do not know`);
    if (folder !== undefined && !(folder in INSIDE_RUN))
      found.add(`run/${folder}: a folder that the tables of this check do not know`);
    for (const target of targets) {
      if (!mayImport(file, target)) found.add(`${file} imports ${target}: no arrow goes there (docs/architecture.md)`);
    }
  }
  return [...found];
}

function mayImport(file: string, target: string): boolean {
  const [room, to] = [roomOf(file) as string, roomOf(target)];
  if (to !== undefined && to !== room)
    return room in TOPS ? !TOPS[room]?.includes(to) : (MAY[room]?.includes(to) ?? false);
  const [folder, toFolder] = [folderOfRun(file), folderOfRun(target)];
  return (
    folder === undefined ||
    toFolder === undefined ||
    folder === toFolder ||
    (INSIDE_RUN[folder]?.includes(toFolder) ?? false)
  );
}

/** Undefined for what stands beside the rooms. */
const roomOf = (file: string): string | undefined => /^([^/]+)\//.exec(file)?.[1];
const folderOfRun = (file: string): string | undefined => /^run\/([^/]+)\//.exec(file)?.[1];

/** All that is wrong with the imports of the sources. */
export function importFindings(folder = 'src'): string[] {
  const imports = readImports(folder);
  return [...wrongArrows(imports), ...circles(imports)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = importFindings();
  for (const finding of findings) console.error(finding);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
