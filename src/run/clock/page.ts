/** The page, with its script inside: saved to a file it works, too. */
export const clockPage = (script: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>genlock: pixel clock</title>
<link rel="icon" href="data:,">
<style>
  html, body { margin: 0; height: 100%; background: #fff; color: #000; font: 16px/1.4 system-ui, sans-serif; overflow: hidden; }
  canvas { display: block; width: 100vw; height: 100vh; }
  footer { position: fixed; bottom: 0; left: 0; right: 0; display: flex; gap: 1em; align-items: center; padding: 0.3em 0.8em; background: #fff; }
  p { margin: 0; flex: 1; font-variant-numeric: tabular-nums; }
  button { font: inherit; padding: 0.2em 0.8em; }
  :fullscreen footer { display: none; }
  :fullscreen { cursor: none; }
</style>
<canvas role="img" aria-label="The pixel clock: a panel that shows the time to cameras"></canvas>
<footer><p id="about"></p><button type="button">Full screen (f)</button></footer>
<noscript>The pixel clock needs JavaScript.</noscript>
<script type="module">${script.replaceAll('</script', '<\\/script')}</script>
</html>
`;
