// Takes the README's pictures: node screenshot.mjs [list|auction] [path]
// COLOR_SCHEME=dark, VIEWPORT=390x844 and VIEW=sell, history, operators or mine take others.

import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { DashboardPage, launchBrowser } from './dashboard_page.mjs';
import { expectCount, expectText } from './expect.mjs';
import { GavelProcess } from './gavel_process.mjs';

const what = process.argv[2] ?? 'list';
const names = { list: 'screenshot.png', auction: 'screenshot_auction.png' };
const path = process.argv[3]
  ?? fileURLToPath(new URL(`../../frontend/${names[what]}`, import.meta.url));
const [width, height] = (process.env.VIEWPORT ?? '1440x900').split('x').map(Number);
const READER = 'Priya';

// Oldest first; the page shows the newest on top.
const SALES = [
  { name: 'Box of garden tools', description: 'Spade, fork, two pairs of gloves.', starting_bid: 15,
    bids: [] },
  { name: 'Cello bow, pernambuco', description: 'Rehaired in May.', starting_bid: 400,
    duration_seconds: 86_400 * 3, bids: [['Ines', 420], ['Yusuf', 475]] },
  { name: 'First edition, signed', description: 'Dust jacket slightly worn.',
    starting_bid: 80, duration_seconds: 7_200,
    bids: [['Mara', 95], ['Priya', 110], ['Mara', 128], ['Yusuf', 140.75]] },
  { name: 'Oak writing desk', description: 'Around 1920, two drawers, a few honest scratches.',
    starting_bid: 120, bids: [['Ines', 130], ['Tomás', 145], ['Ines', 162.5]], closed: true },
  { name: 'Brass ship’s clock', description: 'Runs, strikes the watches, serviced this spring.',
    starting_bid: 210, duration_seconds: 1_500,
    bids: [['Aoife', 225], ['Ken', 240], ['Aoife', 262], ['Lena', 280], ['Ken', 301.5]] },
  { name: 'Enamel coffee pot', description: 'Blue, a chip at the lid.', starting_bid: 12,
    duration_seconds: 5_400, bids: [['Sven', 14]] },
  { name: 'Rangefinder, 35 mm', description: 'With a 50 mm lens and its leather case.',
    starting_bid: 150, duration_seconds: 4_000,
    bids: [['Lena', 165], ['Sven', 182.5], ['Priya', 205], ['Sven', 214], ['Priya', 236.25]] },
  { name: 'Three botanical prints', description: 'Framed, hand-coloured.', starting_bid: 45,
    duration_seconds: 700, bids: [['Noor', 50], ['Olu', 62]] },
  { name: 'Road bicycle, steel frame', description: '56 cm, new tyres, recently serviced.',
    starting_bid: 300, duration_seconds: 50,
    bids: [['Olu', 320], ['Noor', 355], ['Olu', 380], ['Noor', 412.5]] },
];

// Bids as they come in an auction that people follow: milliseconds before each.
const COURSE = [
  [400, 'Lena', 165], [900, 'Sven', 182.5], [300, 'Priya', 190], [200, 'Sven', 205],
  [2_000, 'Mara', 210], [1_500, 'Priya', 236.25], [250, 'Sven', 240], [200, 'Priya', 255],
  [180, 'Sven', 265], [2_500, 'Lena', 290], [900, 'Priya', 310], [1_200, 'Sven', 312.5],
];

const gavel = await GavelProcess.launch();
const browser = await launchBrowser();
try {
  for (const { bids, closed, ...fields } of SALES) {
    const { id } = await gavel.createAuction(fields);
    for (const [bidder, amount] of bids) await gavel.placeBid(id, bidder, amount);
    if (closed) await gavel.closeAuction(id);
  }
  const dashboard = await DashboardPage.open(browser, gavel.dashboardUrl, {
    contextOptions: {
      viewport: { width, height },
      deviceScaleFactor: Number(process.env.SCALE ?? 1),
      colorScheme: process.env.COLOR_SCHEME ?? 'light',
      reducedMotion: 'reduce',
    },
    beforeLoad: (page) => page.addInitScript((name) => {
      localStorage.setItem('gavel.name', name);
    }, READER),
  });
  await expectText(dashboard.connection, 'Live');
  await expectText(dashboard.statistic('Auctions'), String(SALES.length));
  if (what === 'auction') {
    const { id } = await gavel.createAuction({
      name: 'Rangefinder, 35 mm', starting_bid: 150, duration_seconds: 900,
      description: 'With a 50 mm lens and its leather case. The shutter was serviced last year; '
        + 'the light meter works. Three rolls of film come with it.',
    });
    await dashboard.go(`#/auctions/${id}`);
    for (const [wait, bidder, amount] of COURSE) {
      await pause(wait);
      await gavel.placeBid(id, bidder, amount);
    }
    await expectCount(dashboard.bids, COURSE.length);
    await expectText(dashboard.page.locator('.chart-readout'), /^Bid 12 of 12/);
  } else if (process.env.VIEW) {
    await dashboard.go(`#/${process.env.VIEW}`);
    await expectCount(dashboard.page.locator('h2:visible'), 1);
    await pause(1_500); // what is asked of the server again and again is there
  }
  await dashboard.page.screenshot({ path, fullPage: process.env.FULL_PAGE === '1' });
  console.log(path);
} finally {
  await browser.close();
  await gavel.dispose();
}
