/**
 * What is shown before the first call ever arrives: how to make it arrive.
 *
 * Invariant: the code is complete and has the address at which this page was reached.
 */
import { useState } from 'preact/hooks'

const codeOf = (origin: string) => `import { Hono } from 'hono'
import { spanmeter } from '@spanmeter/middleware/hono'

const app = new Hono()
app.use(spanmeter({
  service: 'chat-api',
  endpoint: '${origin}',
  tenant: (c) => c.req.header('x-tenant-id'),
}))`

/** The empty page. */
export function Welcome() {
  return (
    <section class="welcome" aria-labelledby="welcome">
      <p class="waiting-for">
        <i aria-hidden="true" /> Waiting for the first call
      </p>
      <h2 id="welcome">One line in your service</h2>
      <p>
        The collector is running and its store is empty. Add the middleware to a service that calls a paid
        API; this page shows its spend as soon as the first call arrives.
      </p>
      <Code name="Install" text="npm install @spanmeter/middleware" />
      <Code name="Add it to your app" text={codeOf(location.origin)} />
      <p class="hint">
        A service that already exports OpenTelemetry traces can send them to{' '}
        <code>{location.origin}/v1/traces</code>.
      </p>
    </section>
  )
}

function Code({ name, text }: { name: string; text: string }) {
  const [copied, setCopied] = useState(false)
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    )
  return (
    <figure>
      <figcaption>
        {name}
        <button type="button" onClick={copy}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="code" tabIndex={0} aria-label={name}>
        <pre>
          <code>{text}</code>
        </pre>
      </section>
    </figure>
  )
}
