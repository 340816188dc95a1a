/**
 * A text in which options stand in braces, `{port}`, with each as `say` names it: scripts say `port`, a command line
 * `--sync-port`.
 */
export const withOptions = (text: string, say: (option: string) => string): string =>
  text.replace(/\{([\w-]+(?:\[\d+\])?)\}/g, (_, name: string) => say(name));
