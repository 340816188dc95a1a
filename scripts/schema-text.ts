import { z } from 'zod';

/** What a schema is published under. */
export interface SchemaName {
  /** `take`, of which the schema's id is made. */
  readonly name: string;
  /** Of the format. */
  readonly version: number;
  /** What it describes, and how to read it. */
  readonly about: string;
}

/** A schema as text: JSON Schema 2020-12. */
export function schemaText(schema: z.ZodType, name: SchemaName): string {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    // Open for the fields of later versions, as the reader here is.
    io: 'input',
    override({ jsonSchema }) {
      // What every JavaScript number says of itself, and what a promise to TypeScript alone is.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      delete jsonSchema.readOnly;
    },
  });
  return publishedText(rest, name);
}

/** A schema that is JSON Schema already, as text, under its name. */
export function publishedText(schema: object, { name, version, about }: SchemaName): string {
  const named = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:genlock:${name}:${version}`,
    title: `genlock ${name}, version ${version}`,
    description: about,
    ...schema,
  };
  return `${JSON.stringify(named, null, 2)}\n`;
}
