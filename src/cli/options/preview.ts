import { toggle, unavailable } from './definition.ts';

const WINDOW = 'there is no preview window';
const VIEWFINDER = 'there is no viewfinder: the recorded stream is the only one';
const LORES = 'there is no low resolution stream: the recorded stream is the only one';
const POST = 'there is no post-processing';

const asked = { value: 'required', group: 'preview' } as const;

/** What people see while it records: nothing. */
export const PREVIEW = {
  nopreview: toggle({
    short: 'n',
    group: 'preview',
    does: 'accepted',
    help: 'no preview window; there never is one here',
  }),
  preview: unavailable(WINDOW, { ...asked, short: 'p', placeholder: 'x,y,w,h', default: '0,0,0,0', help: 'its place' }),
  fullscreen: toggle({ short: 'f', group: 'preview', does: { unavailable: WINDOW }, help: 'over the whole screen' }),
  'qt-preview': toggle({ group: 'preview', does: { unavailable: WINDOW }, help: 'drawn by Qt' }),
  'preview-libs': unavailable(WINDOW, { ...asked, placeholder: 'folder', help: 'folder of preview plug-ins' }),
  'preview-backend': unavailable(WINDOW, { ...asked, placeholder: 'name', help: 'what draws it' }),
  'info-text': unavailable(WINDOW, {
    ...asked,
    placeholder: 'text',
    default: '#%frame (%fps fps) exp %exp ag %ag dg %dg',
    help: 'its title',
  }),
  'viewfinder-width': unavailable(VIEWFINDER, { ...asked, placeholder: 'pixels', default: '0', help: 'its width' }),
  'viewfinder-height': unavailable(VIEWFINDER, { ...asked, placeholder: 'pixels', default: '0', help: 'its height' }),
  'viewfinder-mode': unavailable(VIEWFINDER, { ...asked, placeholder: 'W:H:bits:P', help: 'its sensor mode' }),
  'viewfinder-buffer-count': unavailable(VIEWFINDER, {
    ...asked,
    placeholder: 'count',
    default: '0',
    help: 'its buffers',
  }),
  'lores-width': unavailable(LORES, { ...asked, placeholder: 'pixels', default: '0', help: 'its width' }),
  'lores-height': unavailable(LORES, { ...asked, placeholder: 'pixels', default: '0', help: 'its height' }),
  'lores-par': toggle({ group: 'preview', does: { unavailable: LORES }, help: 'with the same aspect ratio' }),
  'post-process-file': unavailable(POST, { ...asked, placeholder: 'file', help: 'stages of post-processing, as JSON' }),
  'post-process-libs': unavailable(POST, { ...asked, placeholder: 'folder', help: 'folder of their plug-ins' }),
};
