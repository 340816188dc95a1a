import { SCHEMA, type Schema } from './take-schema.ts';

/** What a string of these forms is, where the schema says more of it than that it is one. */
const FORMED: Readonly<Record<string, string>> = {
  'date-time': '2026-01-02T03:04:05.000Z',
  name: 'cam1',
  host: 'pi2',
  file: 'cam1.mp4',
  framesCsv: 'cam1.frames.csv',
  original: 'cam1.original.h264',
  log: 'cam1.log',
  metadata: 'cam1.metadata.json',
  pts: 'cam1.pts',
};

interface Detailed extends Schema {
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly allOf?: readonly Schema[];
  readonly minimum?: number;
  readonly minItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
}

/**
 * A `take.json` in which every field of the published schema is there, the ones that may be left out too.
 * @param textFor what stands in a field that may have any text, by its path: `cameras.0.model`.
 * @param keyFor what the name of an entry is where any name may stand.
 */
export function filledTake(textFor: (path: string) => string, keyFor: () => string): unknown {
  return filled(SCHEMA, '', textFor, keyFor);
}

function filled(given: Schema, path: string, textFor: (path: string) => string, keyFor: () => string): unknown {
  const at = (key: string | number): string => (path === '' ? String(key) : `${path}.${key}`);
  const schema = resolved(given) as Detailed;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf?.[0] !== undefined) return filled(schema.anyOf[0], path, textFor, keyFor);
  switch (schema.type) {
    case 'object': {
      const { properties, additionalProperties } = schema;
      if (properties === undefined && typeof additionalProperties === 'object') {
        return { [keyFor()]: filled(additionalProperties, at('any'), textFor, keyFor) };
      }
      const entries = Object.entries(properties ?? {});
      return Object.fromEntries(entries.map(([name, each]) => [name, filled(each, at(name), textFor, keyFor)]));
    }
    case 'array': {
      const count = schema.minItems ?? 1;
      return Array.from({ length: count }, (_, i) => filled(schema.items as Schema, at(i), textFor, keyFor));
    }
    case 'string': {
      const patterned = schema.pattern !== undefined || schema.allOf !== undefined;
      const form = schema.format ?? (patterned ? path.split('.').at(-1) : undefined);
      if (form === undefined) return textFor(path);
      if (path.startsWith('sounds.') && form === 'file') return 'sound.wav';
      const text = FORMED[form];
      if (text === undefined) throw new Error(`${path}: what has the form ${form}?`);
      return text;
    }
    case 'boolean':
      return true;
    default:
      return Math.max(1, schema.minimum ?? 0);
  }
}

function resolved(schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (SCHEMA.$defs?.[name] as Schema);
}
