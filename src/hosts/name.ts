export { HOST_NAME as NAME, HOST_NAME_WORDS as NAME_WORDS } from '../take-words.ts';
