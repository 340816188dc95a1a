/*
 * The script of report.html: draws the charts from the data in the page. It runs in a browser, behind uPlot's own
 * script, and knows nothing of genlock's modules; chart-data.ts has the types.
 */
(() => {
  /** @type {import('../chart-data.ts').ChartData} */
  const data = JSON.parse(document.getElementById('data')?.textContent ?? '');
  const { periodUs, first, end } = data;
  const seconds = (/** @type {number} */ slot) => (slot * periodUs) / 1e6;
  const slotAt = (/** @type {number} */ s) => Math.round((s * 1e6) / periodUs);
  const slots = data.slots ?? Array.from({ length: end - first }, (_, i) => first + i);
  const whole = { min: seconds(first), max: seconds(Math.max(end, first + 2)) };
  /** In the order of DROP_CAUSES in drops.ts. */
  const CAUSES = ['missed', 'overload', 'lost', 'unreadable', 'untold'];
  const LANE_PX = 44;
  const AXIS_PX = 58;
  /** As far as one can zoom in, in frames. */
  const FEWEST = 4;
  const MOST_STOPS = 20_000;

  /** @type {uPlot[]} */
  const timeCharts = [];
  /** @type {(() => void)[]} */
  const redraws = [];
  /** `all`, `most` or `tolerance`. */
  let scale = 'all';
  let zooming = false;

  /** Colours by name, as long as the page is light, or dark. @type {Map<string, string>} */
  const colours = new Map();
  function colour(/** @type {string} */ name) {
    let value = colours.get(name);
    if (value === undefined) {
      value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
      colours.set(name, value);
    }
    return value;
  }

  const minus = (/** @type {string} */ text) => text.replace('-', '−');
  const signed = (/** @type {number} */ us) => (us > 0 ? '+' : '') + minus(micros(us));

  function micros(/** @type {number} */ us) {
    const size = Math.abs(us);
    if (size >= 1e6) return `${(us / 1e6).toFixed(2)} s`;
    return size >= 1000 ? `${(us / 1000).toFixed(2)} ms` : `${us.toFixed(1)} µs`;
  }

  /** A time at a tick of an axis whose ticks are so far apart: `12`, `12.5`, `4:05`. */
  function tick(/** @type {number} */ s, /** @type {number} */ step) {
    const digits = step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step)));
    if (whole.max < 90) return s.toFixed(digits);
    const left = (s % 60).toFixed(digits).padStart(digits === 0 ? 2 : digits + 3, '0');
    const minutes = Math.floor(s / 60);
    return minutes < 60
      ? `${minutes}:${left}`
      : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${left}`;
  }

  const font = () => `12px ${getComputedStyle(document.body).fontFamily}`;
  const grid = { stroke: () => colour('grid'), width: 1 };
  const axis = {
    stroke: () => colour('ink-2'),
    font: font(),
    labelFont: font(),
    grid,
    ticks: { ...grid, size: 4 },
    gap: 4,
  };

  /** @returns {uPlot.Axis} */
  const timeAxis = () => ({
    ...axis,
    label: whole.max < 90 ? 'time in s' : 'time in min:s',
    labelSize: 18,
    size: 26,
    values: (_, splits, __, ___, step) => splits.map((s) => tick(s, step)),
  });

  /** One unit for all ticks of an axis. @returns {uPlot.Axis.DynamicValues} */
  const microTicks = () => (_, splits) => {
    const most = Math.max(...splits.map(Math.abs));
    const [by, unit] = most >= 10_000 ? [1000, 'ms'] : [1, 'µs'];
    return splits.map((us) => `${minus(String(Number((us / by).toPrecision(6))))} ${unit}`);
  };

  // Zoom

  /** All charts over time show the same stretch. */
  function show(/** @type {number} */ min, /** @type {number} */ max) {
    const least = seconds(FEWEST);
    const width = Math.min(whole.max - whole.min, Math.max(least, max - min));
    const from = Math.min(whole.max - width, Math.max(whole.min, (min + max - width) / 2));
    zooming = true;
    for (const chart of timeCharts) chart.setScale('x', { min: from, max: from + width });
    zooming = false;
    for (const button of document.querySelectorAll('[data-zoom]')) {
      const all = width >= (whole.max - whole.min) * 0.999;
      const off = {
        in: width <= least * 1.001,
        out: all,
        all,
        earlier: from <= whole.min * 1.0001,
        later: from + width >= whole.max * 0.9999,
      };
      const name = /** @type {keyof typeof off} */ (button.getAttribute('data-zoom'));
      // Not disabled: a button that is would lose the focus.
      button.setAttribute('aria-disabled', String(off[name]));
    }
  }

  function zoom(/** @type {string | null} */ how, /** @type {number} */ around = Number.NaN) {
    const { min = whole.min, max = whole.max } = timeCharts[0]?.scales.x ?? {};
    const width = (max ?? whole.max) - (min ?? whole.min);
    const at = Number.isFinite(around) ? around : ((min ?? 0) + (max ?? 0)) / 2;
    const from = min ?? whole.min;
    if (how === 'in') show(at - (at - from) / 2, at + (from + width - at) / 2);
    else if (how === 'out') show(at - (at - from) * 2, at + (from + width - at) * 2);
    else if (how === 'earlier') show(from - width / 2, from + width / 2);
    else if (how === 'later') show(from + width / 2, from + 1.5 * width);
    else show(whole.min, whole.max);
  }

  /** @returns {Pick<uPlot.Hooks.Arrays, 'setScale'>} */
  const zoomHooks = () => ({
    setScale: [
      (chart, key) => {
        const { min, max } = chart.scales.x ?? {};
        if (key === 'x' && !zooming && min != null && max != null) show(min, max);
      },
    ],
  });

  /** @returns {uPlot.Cursor} */
  const cursor = () => ({ sync: { key: 'take' }, drag: { x: true, y: false, dist: 6 }, points: { size: 7 } });

  /** Arrow keys go from frame to frame, + and - zoom. */
  function keys(/** @type {uPlot} */ chart, /** @type {HTMLElement} */ element) {
    element.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const xs = chart.data[0];
      const { min, max } = chart.scales.x ?? {};
      if (min == null || max == null) return;
      const from = xs.findIndex((x) => x >= min);
      const inView = (/** @type {number} */ i) => Math.min(xs.length - 1, Math.max(0, i));
      const now = chart.cursor.idx ?? from;
      const by = event.shiftKey ? 10 : 1;
      const at = chart.cursor.idx == null ? undefined : xs[now];
      /** @type {Record<string, () => void>} */
      const actions = {
        ArrowLeft: () => point(inView(chart.cursor.idx == null ? from : now - by)),
        ArrowRight: () => point(inView(chart.cursor.idx == null ? from : now + by)),
        Home: () => point(0),
        End: () => point(xs.length - 1),
        '+': () => zoom('in', at),
        '=': () => zoom('in', at),
        '-': () => zoom('out', at),
        0: () => zoom('all'),
      };
      const action = actions[event.key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    });
    const point = (/** @type {number} */ index) => {
      const x = /** @type {number} */ (chart.data[0][index]);
      const { min, max } = chart.scales.x ?? {};
      if (min != null && max != null && (x < min || x > max)) show(x - (max - min) / 2, x + (max - min) / 2);
      chart.setCursor({ left: chart.valToPos(x, 'x'), top: chart.over.clientHeight / 2 });
    };
  }

  /** As wide as there is room, from now on. */
  function asWide(/** @type {uPlot} */ chart, /** @type {HTMLElement} */ element) {
    new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== chart.width) chart.setSize({ width, height: chart.height });
    }).observe(element);
    redraws.push(() => chart.redraw(false));
  }

  /** What is drawn is within the axes. */
  function within(
    /** @type {uPlot} */ chart,
    /** @type {(context: CanvasRenderingContext2D, box: DOMRect, px: number) => void} */ draw,
  ) {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    draw(ctx, /** @type {DOMRect} */ (bbox), devicePixelRatio);
    ctx.restore();
  }

  // Offsets over time

  function offsetChart(/** @type {HTMLElement} */ element) {
    const index = Number(element.dataset.offset);
    const offset = /** @type {import('../chart-data.ts').OffsetChart} */ (data.offsets[index]);
    const { limitUs, toleranceUs, p99Us } = offset;
    // To uPlot what is undefined is bridged, and null breaks the line.
    const values = offset.values.map((us) => (us === null ? undefined : us === 'gap' ? null : us));
    const read = document.getElementById(`offset-read-${index}`);
    const resting = read?.textContent ?? '';
    /** @type {uPlot.Options} */
    const options = {
      width: element.clientWidth,
      height: 210,
      legend: { show: false },
      cursor: cursor(),
      scales: {
        x: { time: false, min: whole.min, max: whole.max },
        y: {
          range: (_, min, max) => {
            const least = 1.3 * (limitUs ?? 0);
            const set = scale === 'tolerance' ? 1.15 * toleranceUs : Math.max(1.15 * p99Us, least);
            if (scale !== 'all' && set > 0) return [-set, set];
            const [low, high] = [Math.min(min ?? 0, -least), Math.max(max ?? 0, least)];
            const room = 0.06 * (high - low) || 1;
            return [low - room, high + room];
          },
        },
      },
      axes: [timeAxis(), { ...axis, size: AXIS_PX, values: microTicks() }],
      series: [
        {},
        {
          stroke: () => colour('line'),
          width: 1.5,
          points: { size: 5, fill: () => colour('line') },
        },
      ],
      hooks: {
        ...zoomHooks(),
        drawAxes: [
          (chart) =>
            within(chart, (context, box, px) => {
              const y = (/** @type {number} */ us) => chart.valToPos(us, 'y', true);
              const line = (/** @type {number} */ us) => {
                context.beginPath();
                context.moveTo(box.left, y(us));
                context.lineTo(box.left + box.width, y(us));
                context.stroke();
              };
              if (limitUs !== undefined) {
                context.fillStyle = colour('band');
                context.fillRect(box.left, y(limitUs), box.width, y(-limitUs) - y(limitUs));
              }
              context.lineWidth = 1.5 * px;
              context.strokeStyle = colour('bad');
              context.setLineDash([6 * px, 4 * px]);
              for (const us of [toleranceUs, -toleranceUs]) line(us);
              context.setLineDash([]);
              context.lineWidth = px;
              context.strokeStyle = colour('zero');
              line(0);
            }),
        ],
        setCursor: [
          (chart) => {
            const { idx } = chart.cursor;
            const us = idx == null ? undefined : chart.data[1]?.[idx];
            if (!read) return;
            if (idx == null) read.textContent = resting;
            else {
              const slot = /** @type {number} */ (slots[idx]);
              read.textContent = `frame ${slot} at ${seconds(slot).toFixed(2)} s: ${us == null ? 'not compared' : signed(us)}`;
            }
          },
        ],
      },
    };
    const chart = new uPlot(options, [slots.map(seconds), /** @type {any} */ (values)], element);
    timeCharts.push(chart);
    keys(chart, element);
    asWide(chart, element);
  }

  // How often which offset came

  function histogramChart(/** @type {HTMLElement} */ element) {
    const offset = data.offsets[Number(element.dataset.histogram)];
    if (offset?.histogram === undefined) return;
    const { from, width, counts } = offset.histogram;
    const { limitUs } = offset;
    /** @type {uPlot.Options} */
    const options = {
      width: element.clientWidth,
      height: 210,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: [from - width, from + (counts.length + 1) * width] },
        y: { range: (_, __, max) => [0, 1.08 * max] },
      },
      axes: [
        { ...axis, label: 'offset', labelSize: 18, size: 26, space: 84, values: microTicks() },
        {
          ...axis,
          size: 44,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000],
        },
      ],
      series: [
        {},
        {
          fill: () => colour('bar'),
          stroke: () => colour('line'),
          width: 0.5,
          paths: /** @type {uPlot.Series.BarsPathBuilderFactory} */ (uPlot.paths.bars)({ size: [0.92, 60] }),
          points: { show: false },
        },
      ],
      hooks: {
        drawAxes: [
          (chart) =>
            within(chart, (context, box) => {
              if (limitUs === undefined) return;
              const x = (/** @type {number} */ us) => chart.valToPos(us, 'x', true);
              context.fillStyle = colour('band');
              context.fillRect(x(-limitUs), box.top, x(limitUs) - x(-limitUs), box.height);
            }),
        ],
      },
    };
    const middles = counts.map((_, i) => from + (i + 0.5) * width);
    asWide(new uPlot(options, [middles, [...counts]], element), element);
  }

  // Drops and states

  function laneChart(/** @type {HTMLElement} */ element) {
    const { lanes } = data;
    const read = document.getElementById('lanes-read');
    /** @type {uPlot.Options} */
    const options = {
      width: element.clientWidth,
      height: lanes.length * LANE_PX + 60,
      legend: { show: false },
      cursor: { ...cursor(), y: false, points: { show: false } },
      scales: { x: { time: false, min: whole.min, max: whole.max }, y: { range: [-lanes.length, 0] } },
      axes: [
        timeAxis(),
        {
          ...axis,
          size: AXIS_PX,
          splits: () => lanes.map((_, i) => -i - 0.5),
          values: () => lanes.map(({ name }) => name),
          grid: { show: false },
          ticks: { show: false },
        },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: {
        ...zoomHooks(),
        draw: [
          (chart) =>
            within(chart, (context, box, px) => {
              const x = (/** @type {number} */ slot) => chart.valToPos(seconds(slot - 0.5), 'x', true);
              const block = (
                /** @type {number} */ from,
                /** @type {number} */ to,
                /** @type {number} */ top,
                /** @type {number} */ height,
              ) => context.fillRect(x(from), top, Math.max(2 * px, x(to) - x(from)), height);
              for (const [i, { states, drops }] of lanes.entries()) {
                const top = chart.valToPos(-i, 'y', true);
                const height = chart.valToPos(-i - 1, 'y', true) - top;
                context.fillStyle = colour('lane');
                context.fillRect(box.left, top + 0.14 * height, box.width, 0.72 * height);
                for (const [, mood, from, to] of states) {
                  context.fillStyle = colour(`${mood}-state`);
                  block(from, to, top + 0.74 * height, 0.12 * height);
                }
                for (const [cause, from, count] of drops) {
                  context.fillStyle = colour(CAUSES[cause] ?? 'bad');
                  block(from, from + count, top + 0.14 * height, 0.56 * height);
                }
              }
            }),
        ],
        setCursor: [
          (chart) => {
            const { left, idx } = chart.cursor;
            if (!read) return;
            if (idx == null || left == null || left < 0) read.textContent = '';
            else {
              const slot = slotAt(chart.posToVal(left, 'x'));
              const all = lanes.map(({ name, states, drops }) => {
                const drop = drops.find(([, from, count]) => slot >= from && slot < from + count);
                const state = states.find(([, , from, to]) => slot >= from && slot < to);
                return `${name} ${drop ? CAUSES[drop[0]] : (state?.[0] ?? 'captured')}`;
              });
              read.textContent = `frame ${slot} at ${seconds(slot).toFixed(2)} s: ${all.join(', ')}`;
            }
          },
        ],
      },
    };
    // Where the keys stop: every frame, or so many of a long take that each is a step on the screen.
    const step = Math.ceil((end - first) / MOST_STOPS);
    const every = Array.from({ length: Math.ceil((end - first) / step) }, (_, i) => seconds(first + i * step));
    const chart = new uPlot(options, [every, every.map(() => 0)], element);
    timeCharts.push(chart);
    keys(chart, element);
    asWide(chart, element);
  }

  /** @param {string} selector @param {(element: HTMLElement) => void} draw */
  const each = (selector, draw) => {
    for (const element of document.querySelectorAll(selector)) draw(/** @type {HTMLElement} */ (element));
  };

  each('[data-offset]', offsetChart);
  each('[data-histogram]', histogramChart);
  each('[data-lanes]', laneChart);
  for (const button of document.querySelectorAll('[data-zoom]'))
    button.addEventListener('click', () => {
      if (button.getAttribute('aria-disabled') !== 'true') zoom(button.getAttribute('data-zoom'));
    });
  for (const choice of document.querySelectorAll('[name=scale]'))
    choice.addEventListener('change', () => {
      scale = /** @type {HTMLInputElement} */ (choice).value;
      const { min, max } = timeCharts[0]?.scales.x ?? {};
      show(min ?? whole.min, max ?? whole.max);
    });
  show(whole.min, whole.max);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    colours.clear();
    for (const redraw of redraws) redraw();
  });
  // Behind the next frame all is on the screen: what measures the page looks here.
  requestAnimationFrame(() => performance.mark('charts drawn'));
})();
