/**
 * Where a take waits that `--force` is to replace: within the folder, so that renames do it, also where the folder is a
 * disk of its own.
 */
export const EARLIER = 'earlier-take';
/**
 * Where its files are while they go there or come back. What is in here is of one take with what is in the take's
 * folder.
 */
export const MOVING = `${EARLIER}.moving`;
/** Where they are while they are removed. */
export const LEAVING = `${EARLIER}.leaving`;
