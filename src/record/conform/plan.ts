/** What of a camera's file becomes slots `from` to `to - 1` of the take's. */
export type Segment =
  /** Pictures `unit`, `unit + 1`, ... as they are; the first is a keyframe. */
  | { readonly kind: 'copy'; readonly from: number; readonly to: number; readonly unit: number }
  /** Pictures by their places in the camera's file, one a slot; `BLACK` as long as there is none. */
  | { readonly kind: 'encode'; readonly from: number; readonly to: number; readonly shown: readonly number[] };

export interface Plan {
  /** All slots from 0 on, without gaps. */
  readonly segments: readonly Segment[];
  /** Slots for which the camera has no picture; they show the one before. */
  readonly repeated: readonly number[];
}

/** In place of a picture's place: nothing was captured yet. */
export const BLACK = -1;

/**
 * Cuts a take's file into what can be copied and what must be encoded. A picture can be copied if all pictures since
 * its keyframe are copied as well; so each hole costs the pictures up to the next keyframe.
 * @param slots The slot of each picture of the camera's file, never falling. Of two in one slot the first counts.
 * @param isKeyframe Of a picture, by its place in the file.
 * @param frames Slots of the take.
 */
export function planConform(slots: readonly number[], isKeyframe: (unit: number) => boolean, frames: number): Plan {
  const own = new Map<number, number>();
  let shown = BLACK;
  slots.forEach((slot, unit) => {
    // The last one before the beginning stands in where the first slots have none.
    if (slot < 0) shown = unit;
    if (slot >= 0 && slot < frames && !own.has(slot)) own.set(slot, unit);
  });
  const segments: Segment[] = [];
  const repeated: number[] = [];
  let copied: { kind: 'copy'; from: number; to: number; unit: number } | undefined;
  let encoded: { kind: 'encode'; from: number; to: number; shown: number[] } | undefined;
  for (let slot = 0; slot < frames; slot++) {
    const unit = own.get(slot);
    if (unit === undefined) repeated.push(slot);
    const follows = copied !== undefined && unit === copied.unit + (slot - copied.from);
    shown = unit ?? shown;
    if (copied && follows) {
      copied.to++;
    } else if (unit !== undefined && isKeyframe(unit)) {
      encoded = undefined;
      copied = { kind: 'copy', from: slot, to: slot + 1, unit };
      segments.push(copied);
    } else {
      copied = undefined;
      if (!encoded) {
        encoded = { kind: 'encode', from: slot, to: slot, shown: [] };
        segments.push(encoded);
      }
      encoded.to++;
      encoded.shown.push(shown);
    }
  }
  return { segments, repeated };
}
