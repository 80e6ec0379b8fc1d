import { startDemo } from '../../demo/demo-process';
import { findBrowser } from '../chromium/find';
import { startChromium } from '../chromium';
import { startSite } from '../site';

/** Every kind of process that tests start. */
export function startAll(): Promise<unknown> {
  return Promise.all([startSite(), startDemo(), findBrowser() && startChromium()]);
}
