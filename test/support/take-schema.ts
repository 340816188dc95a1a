import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Take, takeSchema } from '../../src/record/take.ts';

/** The published schema of `take.json`. */
export const SCHEMA: Schema = JSON.parse(readFileSync('docs/take.schema.json', 'utf8'));

export interface Schema {
  readonly $ref?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

// The form of a date stands in a pattern as well.
const validate = new Ajv2020({ strict: true, allErrors: true, formats: { 'date-time': true } }).compile(SCHEMA);

/**
 * What is wrong with a `take.json` by the published schema, a line each, by a validator that knows nothing of where it
 * comes from.
 */
export function schemaErrors(take: unknown): string[] {
  return validate(take)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}

/** The `take.json` of a real take, which the published schema has to take as the reader does. */
export function takeOf(folder: string): Take {
  const take: unknown = JSON.parse(readFileSync(join(folder, 'take.json'), 'utf8'));
  const errors = schemaErrors(take);
  if (errors.length > 0)
    throw new Error(`${folder}/take.json is not as docs/take.schema.json says: ${errors.join('; ')}`);
  return takeSchema.parse(take);
}
