/* What tests of report.html run in the browser's page; each function stands alone there. */

/** How many colours a canvas shows. */
export const coloursOf = (canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
};

export const imageOf = (canvas) => canvas.toDataURL();

export const chartsDrawn = () => performance.getEntriesByName('charts drawn')[0]?.startTime;

export const tagsOf = (elements) => elements.map((element) => element.outerHTML.slice(0, 80));

/** The element with the focus, and how that is shown. */
export const focused = () => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return [document.activeElement.outerHTML.slice(0, 80), `${outlineStyle} ${outlineWidth}`];
};

export const altsOf = (images) => images.map((image) => image.alt);

export const widthsOf = (images) => images.map((image) => image.naturalWidth);

/** How wide the page is, and how far its pictures and charts reach. */
export const reach = () => {
  const ends = [...document.querySelectorAll('canvas, img')].map((each) => each.getBoundingClientRect().right);
  return { page: document.documentElement.scrollWidth, pictures: Math.max(...ends) };
};

/** Texts whose contrast to what is behind them is below 4.5, which WCAG asks for. */
export const pale = () => {
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    if (element === null) return 'rgb(255, 255, 255)';
    const { backgroundColor } = getComputedStyle(element);
    return (channels(backgroundColor)[3] ?? 1) < 1 ? behind(element.parentElement) : backgroundColor;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || ['SCRIPT', 'NOSCRIPT'].includes(element.tagName)) continue;
    const [a, b] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) found.push(`${element.outerHTML.slice(0, 60)} ${contrast.toFixed(2)}`);
  }
  return found;
};

/** Begins to note what text in a page does where it is taken for more than text; loaded before the page. */
export const watchActs = () => {
  window.acts = [];
  window.acted = (what) => window.acts.push(String(what));
};

export const actsSeen = () => window.acts;

/** Elements and attributes that no report has. */
export const strangersIn = () => {
  const found = document.querySelectorAll('iframe, svg, textarea, object, embed, link:not([rel=icon]), [src="x"]');
  const acting = [...document.querySelectorAll('*')].filter((element) =>
    element
      .getAttributeNames()
      .some((name) => name.startsWith('on') || /^\s*javascript:/i.test(element.getAttribute(name))),
  );
  const scripts = document.querySelectorAll('script').length === 3 ? [] : ['scripts'];
  return [...[...found, ...acting].map((element) => element.outerHTML.slice(0, 120)), ...scripts];
};

/** What the page says, what is folded up or in attributes too. */
export const textOf = () => document.body.textContent;
