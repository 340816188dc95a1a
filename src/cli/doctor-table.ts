import { counted } from '../counted.ts';
import { CHECKS, type Finding, type Verdict } from '../doctor/finding.ts';
import type { DoctorReport } from '../doctor/report.ts';
import type { Paint, Style } from './colours.ts';
import { fold } from './fold.ts';

const MARKS: Readonly<Record<Verdict, { readonly word: string; readonly colour: Style }>> = {
  good: { word: 'good', colour: 'green' },
  warn: { word: 'WARN', colour: 'yellow' },
  fail: { word: 'FAIL', colour: 'red' },
  'not applicable': { word: '-', colour: 'dim' },
};
const MARK_WIDTH = 4;

/** Lines are folded at this many characters, where they are longer, on no terminal. */
const PLAIN_COLUMNS = 120;

export interface DoctorTableOptions {
  readonly paint: Paint;
  /** Characters a line. Default 120. */
  readonly columns?: number | undefined;
}

/** What was found as people read it, by what it is about; the verdict last. */
export function doctorTable(report: DoctorReport, options: DoctorTableOptions): string {
  return new DoctorTable(report, options).text();
}

class DoctorTable {
  private readonly report: DoctorReport;
  private readonly options: DoctorTableOptions;
  private readonly titleWidth: number;

  constructor(report: DoctorReport, options: DoctorTableOptions) {
    this.report = report;
    this.options = options;
    this.titleWidth = Math.max(...report.findings.map((each) => titleOf(each).length));
  }

  text(): string {
    const { genlock, findings } = this.report;
    const sections = [...new Set(findings.map(sectionOf))];
    const lines = sections.flatMap((section) => [
      this.painted('bold', section),
      ...findings.filter((each) => sectionOf(each) === section).flatMap((each) => this.lines(each)),
      '',
    ]);
    return [`genlock ${genlock}, for a take of ${this.take()}`, '', ...lines, this.verdict(), ''].join('\n');
  }

  private take(): string {
    const { cameras, width, height, framesPerSecond } = this.report.asked;
    return `${counted(cameras.length, 'camera')}, ${width}x${height} at ${Number(framesPerSecond.toFixed(3))} fps`;
  }

  private lines(found: Finding): string[] {
    const { verdict, value, limits = [], advice } = found;
    const { word, colour } = MARKS[verdict];
    const indent = 2 + MARK_WIDTH + 2 + this.titleWidth + 2;
    const head = `  ${this.painted(colour, word.padEnd(MARK_WIDTH))}  ${titleOf(found).padEnd(this.titleWidth)}  `;
    const quiet = verdict === 'not applicable';
    const [first = '', ...further] = this.folded(value, indent);
    return [
      head + (quiet ? this.painted('dim', first) : first),
      ...further.map((line) => ' '.repeat(indent) + (quiet ? this.painted('dim', line) : line)),
      ...limits.flatMap((limit) => this.hanging('- ', limit, indent, 'dim')),
      ...(advice === undefined ? [] : this.hanging('> ', advice, indent, verdict === 'fail' ? 'bold' : undefined)),
    ];
  }

  /** Text behind a sign, its further lines below its first word. */
  private hanging(sign: string, text: string, indent: number, style?: Style): string[] {
    return this.folded(text, indent + sign.length).map((line, i) => {
      const whole = (i === 0 ? sign : ' '.repeat(sign.length)) + line;
      return ' '.repeat(indent) + (style === undefined ? whole : this.painted(style, whole));
    });
  }

  private folded(text: string, indent: number): string[] {
    const most = Math.max(30, (this.options.columns ?? PLAIN_COLUMNS) - indent);
    return fold(text, most);
  }

  private verdict(): string {
    const { findings, good } = this.report;
    const titles = (verdict: Verdict): string =>
      [...new Set(findings.filter((each) => each.verdict === verdict).map(titleOf))].join(', ');
    const warned = titles('warn');
    const worse = warned === '' ? '' : `; to look at: ${warned}`;
    return good
      ? `${this.painted('green', 'A take like this works here')}${worse}`
      : `${this.painted('red', 'A take like this would fail')}: ${titles('fail')}${worse}`;
  }

  private painted(style: Style, text: string): string {
    return this.options.paint(style, text);
  }
}

const titleOf = ({ check, of }: Finding): string => of ?? CHECKS[check][1];
const sectionOf = ({ check }: Finding): string => CHECKS[check][0];
