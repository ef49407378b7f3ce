/**
 * The dashboards, one beside the other.
 *
 * Invariant: a link keeps the filters and a range that was chosen, and works without the script that follows it.
 */
import type { View } from './location.ts'

interface TabsProps {
  readonly dashboards: readonly { readonly uid: string; readonly title: string }[]
  readonly view: View
  /** Address of a dashboard as it would be shown. */
  readonly addressOf: (uid: string) => string
  readonly onPick: (uid: string) => void
}

/** Draws the links. */
export function Tabs({ dashboards, view, addressOf, onPick }: TabsProps) {
  return (
    <nav class="tabs" aria-label="Dashboards">
      {dashboards.map(({ uid, title }) => (
        <a
          key={uid}
          href={addressOf(uid)}
          aria-current={uid === view.uid ? 'page' : undefined}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
            event.preventDefault()
            onPick(uid)
          }}
        >
          {title}
        </a>
      ))}
    </nav>
  )
}
