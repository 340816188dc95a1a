import type { Trouble } from '../../record/take.ts';
import type { Line } from '../camera/notices.ts';

/** What stood in the way of a take, each thing once: what can be done about it is told from this. */
export class Troubles {
  private readonly known = new Map<string, Trouble>();

  add(trouble: Trouble): void {
    const key = `${trouble.kind} ${trouble.camera ?? ''}`;
    if (!this.known.has(key)) this.known.set(key, trouble);
  }

  /** A camera said something. */
  heard(camera: string, { about }: Line): void {
    if (about !== undefined) this.add({ kind: about, camera });
  }

  get all(): readonly Trouble[] {
    return [...this.known.values()];
  }
}
