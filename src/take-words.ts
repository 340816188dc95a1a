/** What a camera or a take may be called: part of a file's name on any system. */
export const TAKE_WORD = /^[A-Za-z0-9_-]{1,64}$/;

/** The longest note on a take, in characters. */
export const LONGEST_NOTE = 4000;
