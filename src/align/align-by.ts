/** By what files are put on one timeline, in the order in which it is tried. */
export const ALIGN_BY = ['clock', 'sidecar', 'clap', 'flash'] as const;
/** A way to put files on one timeline: a pixel clock in view, times beside the files, claps, or flashes. */
export type AlignBy = (typeof ALIGN_BY)[number];
