export { checkWritable } from '../record/claim-file.ts';
