import { UsageError } from '../errors.ts';

/** A file in which nothing can be read: it may be good, and only has no pixel clock. */
export class NoPixelClock extends UsageError {}
