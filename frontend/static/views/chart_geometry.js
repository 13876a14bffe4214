// Where the points of a step chart lie. Pure.

// x(), y(): pixels of a time and of a price. timeAt(): the inverse of x().
export function scaleOf(points, end, width, height, margin) {
  const begin = points[0].time;
  const span = Math.max(end - begin, 1);
  let low = points[0].price;
  let high = low;
  for (const { price } of points) {
    low = Math.min(low, price);
    high = Math.max(high, price);
  }
  // Room above and below, also where there is no course yet.
  const room = (high - low) * 0.08 || Math.max(high * 0.1, 0.01);
  const floor = Math.max(0, low - room);
  const ceiling = high + room;
  const left = margin.left;
  const right = width - margin.right;
  const top = margin.top;
  const bottom = height - margin.bottom;
  return {
    begin, end: begin + span, floor, ceiling, left, right, top, bottom,
    x: (time) => left + ((time - begin) / span) * (right - left),
    y: (price) => bottom - ((price - floor) / (ceiling - floor)) * (bottom - top),
    timeAt: (x) => begin + ((x - left) / (right - left)) * span,
  };
}

// Of the points that share a column of pixels the last is drawn.
export function stepPath(points, scale) {
  const pixel = (number) => Math.round(number * 10) / 10;
  let path = `M${pixel(scale.x(points[0].time))} ${pixel(scale.y(points[0].price))}`;
  for (let i = 1; i < points.length; i += 1) {
    const x = scale.x(points[i].time);
    const isLast = i === points.length - 1;
    if (!isLast && Math.floor(scale.x(points[i + 1].time)) === Math.floor(x)) continue;
    path += `H${pixel(x)}V${pixel(scale.y(points[i].price))}`;
  }
  return `${path}H${pixel(scale.right)}`;
}

const MOST_PRICES = 5;

// Round prices inside the scale.
export function priceTicks({ floor, ceiling }) {
  const rough = (ceiling - floor) / MOST_PRICES;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude)
    .find((candidate) => candidate >= rough);
  const ticks = [];
  for (let i = Math.ceil(floor / step); i * step <= ceiling; i += 1) ticks.push(i * step);
  return ticks;
}

const WIDTH_OF_A_TIME = 150;

export function timeTicks({ begin, end, left, right }) {
  const parts = Math.max(1, Math.min(4, Math.floor((right - left) / WIDTH_OF_A_TIME)));
  return Array.from({ length: parts + 1 }, (_, i) => {
    const middle = i === parts ? 'end' : 'middle';
    return { time: begin + ((end - begin) * i) / parts, anchor: i === 0 ? 'start' : middle };
  });
}
