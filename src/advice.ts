import { withOptions } from './option-words.ts';

/** What advice may be about, for programs. */
export type AdviceAbout =
  | 'overload'
  | 'disk'
  | 'other-server'
  | 'not-locked-in-time'
  | 'ended-early'
  | 'late-start'
  | 'not-delivered'
  | 'clocks'
  | 'cut-off'
  | 'shifted'
  | 'uneven-files'
  | 'repeats'
  | 'tolerance'
  | 'unreadable'
  | 'no-pixel-clock'
  | 'unsteady';

/** What is wrong with a take as it was measured, and what to do about it: one line. */
export class Advice {
  /** What it is about. */
  readonly about: AdviceAbout;
  /** The line; options stand in it as scripts name them, `port 10001`. */
  readonly text: string;
  private readonly said: string;

  /** @param said The line, with options in braces: `{port} 10001`. */
  constructor(about: AdviceAbout, said: string) {
    this.about = about;
    this.text = withOptions(said, (option) => option);
    this.said = said;
  }

  /** The line with options as `say` names them: `--sync-port 10001`. */
  saidWith(say: (option: string) => string): string {
    return withOptions(this.said, say);
  }
}

/** What has advice, as JSON takes it, with options in it as `say` names them. */
export const advisedIn = <T extends { readonly advice: readonly Advice[] }>(
  advised: T,
  say: (option: string) => string,
) => ({
  ...advised,
  advice: advised.advice.map((advice) => ({ about: advice.about, text: advice.saidWith(say) })),
});
