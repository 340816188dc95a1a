/** What a camera or a take may be called: part of a file's name on any system. */
export const TAKE_WORD = /^[A-Za-z0-9_-]{1,64}$/;

/** The longest note on a take, in characters. */
export const LONGEST_NOTE = 4000;
/** What hosts and rigs are called: what any broker takes in a topic, and a file system in a name. */
export const HOST_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
/** The same in words, for errors. */
export const HOST_NAME_WORDS = 'letters, digits, - and _, 63 at most, a letter or digit first';
