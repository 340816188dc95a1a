/** Writes docs/take.schema.json from the schema that `take.json` is checked with: `npx tsx scripts/take-schema.ts`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { takeSchema } from '../src/record/take.ts';
import { version } from '../src/version.ts';
import { schemaText } from './schema-text.ts';

export const SCHEMA_FILE = 'docs/take.schema.json';

const format = takeSchema.shape.version.value;

const ABOUT =
  `What genlock ${version} writes into take.json, the description of a take. Fields may be added within version ${format} of the format: ` +
  'readers should ignore those that they do not know. What is not known is left out. ' +
  'Names end in their units: Us is microseconds, S seconds. Times of day are UTC. Files are named relative to the folder of take.json.';

/** The schema as text: JSON Schema 2020-12. */
export const takeSchemaText = (): string => schemaText(takeSchema, { name: 'take', version: format, about: ABOUT });

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SCHEMA_FILE, takeSchemaText());
