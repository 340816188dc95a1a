/** What a pixel clock on a screen tells times to, in us: one of its refreshes, at 60 a second. */
export const SCREEN_US = 1e6 / 60;
/** The standard deviation of a time within one, in us. */
export const SCREEN_SIGMA_US = SCREEN_US / Math.sqrt(12);
