import { type TakeOption, type TakeOptionName, takeOptionList } from '../take.ts';

/** What a rig file is called that is found by itself, in the current folder. */
export const RIG_FILE = 'genlock.json';

/** Of the schema, and of the format of rig files. */
export const RIG_VERSION = 1;

/** What a rig file may say: the options of a take, but for those of one take alone. */
export const rigFields: readonly (readonly [TakeOptionName, TakeOption<unknown>])[] = takeOptionList.filter(
  ([, { once }]) => !once,
);

/** JSON Schema 2020-12 of a rig file, of the table that its check is made from. */
export const rigSchema = {
  type: 'object',
  properties: {
    $schema: { type: 'string', description: 'where this schema is, for editors' },
    ...Object.fromEntries(
      rigFields.map(([name, { kind, help, about, default: usual }]) => [
        name,
        {
          ...kind.schema,
          description: about ?? help,
          ...(usual !== undefined && { default: kind.give?.(usual) ?? usual }),
        },
      ]),
    ),
  },
  additionalProperties: false,
  // A size by its name stands in place of its sides.
  dependentSchemas: { size: { properties: { width: false, height: false } } },
};
