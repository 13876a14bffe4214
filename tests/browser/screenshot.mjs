// Takes the README's picture: node screenshot.mjs [path]
// COLOR_SCHEME=dark and VIEWPORT=390x844 take others.

import { fileURLToPath } from 'node:url';

import { DashboardPage, launchBrowser } from './dashboard_page.mjs';
import { expectText } from './expect.mjs';
import { GavelProcess } from './gavel_process.mjs';

const DEFAULT_PATH = fileURLToPath(new URL('../../frontend/screenshot.png', import.meta.url));
const path = process.argv[2] ?? DEFAULT_PATH;
const [width, height] = (process.env.VIEWPORT ?? '1480x1110').split('x').map(Number);

// Oldest first; the page shows the newest on top.
const SALES = [
  { name: 'Box of garden tools', description: '', starting_bid: 15, bids: [] },
  { name: 'First edition, signed', description: 'Dust jacket slightly worn.',
    starting_bid: 80, duration_seconds: 7_200,
    bids: [['Mara', 95], ['Yusuf', 110], ['Mara', 128], ['Yusuf', 140.75]] },
  { name: 'Oak writing desk', description: 'Around 1920, two drawers, a few honest scratches.',
    starting_bid: 120, bids: [['Ines', 130], ['Tomás', 145], ['Ines', 162.5]], closed: true },
  { name: 'Brass ship’s clock', description: 'Runs, strikes the watches, serviced this spring.',
    starting_bid: 210, duration_seconds: 1_500,
    bids: [['Aoife', 225], ['Ken', 240], ['Aoife', 262], ['Lena', 280], ['Ken', 301.5]] },
  { name: 'Rangefinder camera, 35 mm', description: 'With a 50 mm lens and its leather case.',
    starting_bid: 150, duration_seconds: 4_000,
    bids: [['Lena', 165], ['Sven', 182.5], ['Priya', 205], ['Sven', 214], ['Priya', 236.25]] },
  { name: 'Road bicycle, steel frame', description: '56 cm, new tyres, recently serviced.',
    starting_bid: 300, duration_seconds: 95,
    bids: [['Olu', 320], ['Noor', 355], ['Olu', 380], ['Noor', 412.5]] },
];

const gavel = await GavelProcess.launch();
const browser = await launchBrowser();
try {
  let last;
  for (const { bids, closed, ...fields } of SALES) {
    last = await gavel.createAuction(fields);
    for (const [bidder, amount] of bids) last = await gavel.placeBid(last.id, bidder, amount);
    if (closed) last = await gavel.closeAuction(last.id);
  }
  const dashboard = await DashboardPage.open(browser, gavel.dashboardUrl, {
    contextOptions: {
      viewport: { width, height },
      deviceScaleFactor: Number(process.env.SCALE ?? 1),
      colorScheme: process.env.COLOR_SCHEME ?? 'light',
      reducedMotion: 'reduce',
    },
  });
  await expectText(dashboard.connection, 'Live');
  await expectText(dashboard.statistic('Auctions'), String(SALES.length));
  await expectText(dashboard.events.first(), /Noor bid \$412\.50/);
  await dashboard.page.screenshot({ path, fullPage: process.env.FULL_PAGE === '1' });
  console.log(path);
} finally {
  await browser.close();
  await gavel.dispose();
}
