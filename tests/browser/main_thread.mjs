// How long a page's main thread was busy at a stretch. A task's time by the wall holds what
// other programs took from the processor meanwhile; its processor time is the page's own.

const CATEGORY = 'disabled-by-default-devtools.timeline';

// Runs `run` and returns the longest task of the page meanwhile: { wallMs, processorMs }, each
// the longest by its measure, and how many tasks there were.
export async function longestTask(browser, page, run) {
  const pageSession = await page.context().newCDPSession(page);
  const { processInfo } = await (await browser.newBrowserCDPSession())
    .send('SystemInfo.getProcessInfo');
  const renderers = new Set(processInfo.filter(({ type }) => type === 'renderer')
    .map(({ id }) => id));
  const session = await browser.newBrowserCDPSession();
  const longest = { wallMs: 0, processorMs: 0, tasks: 0 };
  const mainThreads = new Set();
  const tasks = [];
  session.on('Tracing.dataCollected', ({ value }) => {
    for (const event of value) {
      if (event.name === 'thread_name' && event.args.name === 'CrRendererMain') {
        mainThreads.add(`${event.pid}/${event.tid}`);
      }
      if (event.name === 'RunTask') tasks.push([event.pid, event.tid, event.dur, event.tdur]);
    }
  });
  await session.send('Tracing.start', {
    traceConfig: {
      recordMode: 'recordAsMuchAsPossible', includedCategories: [CATEGORY],
      excludedCategories: ['*'],
    },
    transferMode: 'ReportEvents',
  });
  try {
    await run();
  } finally {
    const complete = new Promise((resolve) => {
      session.once('Tracing.tracingComplete', resolve);
    });
    await session.send('Tracing.end');
    await complete;
    await session.detach();
    await pageSession.detach();
  }
  for (const [pid, tid, wall = 0, processor = 0] of tasks) {
    if (!renderers.has(pid) || !mainThreads.has(`${pid}/${tid}`)) continue;
    longest.tasks += 1;
    longest.wallMs = Math.max(longest.wallMs, wall / 1000);
    longest.processorMs = Math.max(longest.processorMs, processor / 1000);
  }
  return longest;
}
