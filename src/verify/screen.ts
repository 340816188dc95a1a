/** What a pixel clock on a screen tells times to, in us: one of its refreshes, at 60 a second. */
export const SCREEN_US = 1e6 / 60;
