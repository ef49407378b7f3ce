/**
 * Starts the page: asks which dashboards there are, then draws.
 *
 * Invariant: when the collector does not answer, the page says so and tries again by itself.
 */
import './language.ts'

import { type ComponentChild, render } from 'preact'
import 'uplot/dist/uPlot.min.css'
import './page.css'
import type { Manifest } from '../src/model.ts'
import { App } from './app.tsx'
import { askFor } from './fetch.ts'
import type { Status } from './notice.tsx'

/** How long, ms, the first drawing waits to know whether anything ever arrived. */
const STATUS_WAIT = 150

/** The head of the page is in it from the beginning. */
const root = document.getElementById('page') ?? document.body.appendChild(document.createElement('div'))

let drawn = false

/** Draws instead of what is there. */
function draw(content: ComponentChild): void {
  if (!drawn) root.replaceChildren()
  drawn = true
  render(content, root)
}

async function start(): Promise<void> {
  try {
    const [{ dashboards }, status] = await Promise.all([
      askFor<{ dashboards: Manifest[] }>('/api/v1/dashboards'),
      Promise.race([
        askFor<Status>('/api/v1/dashboards/status').catch(() => undefined),
        new Promise<undefined>((resolve) => setTimeout(resolve, STATUS_WAIT, undefined)),
      ]),
    ])
    if (dashboards.length === 0) throw new Error('The collector has no dashboards.')
    draw(<App dashboards={dashboards} first={status} />)
  } catch (error) {
    draw(<main class="lost">{(error as Error).message}</main>)
    setTimeout(start, 3_000)
  }
}

void start()
