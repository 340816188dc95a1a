import { framesPerSecond } from '../../time/frame-rate.ts';
import { type EditedPart, type EditedTake, editTake } from '../edit.ts';
import { fcpxmlOf } from '../fcpxml.ts';
import type { ExportFormat } from '../format.ts';

/**
 * An OpenTimelineIO timeline, a track a camera, and the same as a multicam clip in FCPXML. The schemas are those of
 * OpenTimelineIO 0.15 and later (docs/tutorials/otio-serialized-schema.md): `Timeline.1`, `Stack.1`, `Track.1`,
 * `Gap.1`, `Clip.2` with `media_references` by key, `ExternalReference.1`, `Marker.2`, `TimeRange.1`, `RationalTime.1`.
 */
export const OTIO: ExportFormat = {
  name: 'otio',
  makes: 'an OpenTimelineIO timeline, and FCPXML with a multicam clip, all cameras aligned',
  async plan(take, sources) {
    const edited = await editTake(take, sources);
    return {
      files: [
        ...edited.cameras.flatMap(({ parts }) => parts.map(({ path, file }) => ({ path, video: file }))),
        { path: `${take.name}.otio`, text: `${JSON.stringify(timelineOf(edited), null, 2)}\n` },
        { path: `${take.name}.fcpxml`, text: fcpxmlOf(edited) },
      ],
      toldIn: 'red markers on the clips',
      next: [
        `${take.name}.otio: DaVinci Resolve, File > Import > Timeline; Premiere Pro, Kdenlive and others import it too.`,
        `${take.name}.fcpxml: Final Cut Pro, File > Import > XML: a multicam clip and a project with it; Resolve too.`,
        'Both name the videos by where this folder stands. Once it was moved, let the editor relink them by name.',
      ],
    };
  },
};

interface Schema {
  readonly OTIO_SCHEMA: string;
  readonly [field: string]: unknown;
}

function timelineOf(edited: EditedTake): Schema {
  const { take, startFrame, cameras } = edited;
  const rate = framesPerSecond(take.frameRate);
  return {
    OTIO_SCHEMA: 'Timeline.1',
    metadata: { genlock: { take: take.name, note: take.note ?? '' } },
    name: take.name,
    global_start_time: time(startFrame, rate),
    tracks: {
      OTIO_SCHEMA: 'Stack.1',
      ...{ metadata: {}, name: 'tracks', source_range: null, effects: [], markers: [], enabled: true },
      children: cameras.map(({ name, parts }) => {
        const children: Schema[] = [];
        let next = 0;
        for (const part of parts) {
          if (part.firstIndex > next) children.push(gap(part.firstIndex - next, rate));
          children.push(clip(name, part, rate));
          next = part.firstIndex + part.frames;
        }
        return {
          OTIO_SCHEMA: 'Track.1',
          ...{ metadata: {}, name, source_range: null, effects: [], markers: [], enabled: true },
          children,
          kind: 'Video',
        };
      }),
    },
  };
}

const time = (value: number, rate: number): Schema => ({ OTIO_SCHEMA: 'RationalTime.1', rate, value });

const range = (start: number, frames: number, rate: number): Schema => ({
  OTIO_SCHEMA: 'TimeRange.1',
  duration: time(frames, rate),
  start_time: time(start, rate),
});

const gap = (frames: number, rate: number): Schema => ({
  OTIO_SCHEMA: 'Gap.1',
  ...{ metadata: {}, name: '', source_range: range(0, frames, rate), effects: [], markers: [], enabled: true },
});

function clip(name: string, part: EditedPart, rate: number): Schema {
  const whole = range(part.mediaStart, part.frames, rate);
  return {
    OTIO_SCHEMA: 'Clip.2',
    metadata: {},
    name,
    source_range: whole,
    effects: [],
    markers: part.marks.map(({ at, frames, text }) => ({
      OTIO_SCHEMA: 'Marker.2',
      ...{
        metadata: {},
        name: text,
        comment: '',
        color: 'RED',
        marked_range: range(part.mediaStart + at, frames, rate),
      },
    })),
    enabled: true,
    media_references: {
      DEFAULT_MEDIA: {
        OTIO_SCHEMA: 'ExternalReference.1',
        ...{ metadata: {}, name: part.file, available_range: whole, available_image_bounds: null },
        target_url: part.url,
      },
    },
    active_media_reference_key: 'DEFAULT_MEDIA',
  };
}
