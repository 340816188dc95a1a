import { toggle, unavailable } from './definition.ts';

const AUDIO = 'genlock records pictures only';

const asked = { value: 'required', group: 'audio' } as const;

/** Sound, which is not recorded. */
export const AUDIO_OPTIONS = {
  'libav-audio': toggle({ group: 'audio', does: { unavailable: AUDIO }, help: 'record sound too' }),
  'audio-codec': unavailable(AUDIO, { ...asked, placeholder: 'name', default: 'aac', help: 'how it is encoded' }),
  'audio-source': unavailable(AUDIO, { ...asked, placeholder: 'name', default: 'pulse', help: 'pulse or alsa' }),
  'audio-device': unavailable(AUDIO, { ...asked, placeholder: 'name', default: 'default', help: 'its device' }),
  'audio-channels': unavailable(AUDIO, { ...asked, placeholder: 'count', default: '0', help: 'its channels' }),
  'audio-bitrate': unavailable(AUDIO, { ...asked, placeholder: 'rate', default: '32kbps', help: 'its bitrate' }),
  'audio-samplerate': unavailable(AUDIO, { ...asked, placeholder: 'Hz', default: '0', help: 'its rate' }),
  'av-sync': unavailable(AUDIO, { ...asked, placeholder: 'time', default: '0us', help: 'by how much it is shifted' }),
};
