/** What hosts and rigs are called: what any broker takes in a topic, and a file system in a name. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
/** The same in words, for errors. */
export const NAME_WORDS = 'letters, digits, - and _, 63 at most, a letter or digit first';
