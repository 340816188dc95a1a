/** What is done where the encoder can't keep up. */
export const OVERLOADS = ['drop', 'faster', 'fail'] as const;
export type Overload = (typeof OVERLOADS)[number];

/** How the line of a recording begins that ended because of an overload. */
export const OVERLOADED = "the encoder can't keep up";
/** What a user can do about an encoder that can't keep up. */
export const REMEDIES = 'a smaller size, a lower rate or a faster preset helps';
