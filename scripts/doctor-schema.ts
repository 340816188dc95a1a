/**
 * Writes docs/doctor.schema.json from the schema of what `genlock doctor --json` prints: `npx tsx
 * scripts/doctor-schema.ts`.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { doctorSchema } from '../src/doctor/report.ts';
import { schemaText } from './schema-text.ts';

export const DOCTOR_SCHEMA_FILE = 'docs/doctor.schema.json';

const format = doctorSchema.shape.version.value;

const ABOUT =
  'What genlock doctor --json prints. Fields, and names of checks, may be added within a version of the format: readers should ignore those that ' +
  'they do not know. What is not known is left out.';

/** The schema as text: JSON Schema 2020-12. */
export const doctorSchemaText = (): string =>
  schemaText(doctorSchema, { name: 'doctor', version: format, about: ABOUT });

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(DOCTOR_SCHEMA_FILE, doctorSchemaText());
