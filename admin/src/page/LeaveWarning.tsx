import { useEffect } from 'react';
import { LeavePrompt } from '../elements';
import { pagePath } from '../plugin';
import { useText } from '../text';

/** Asks before unsaved changes are lost: by a link, by the back button, or by closing the window. */
export function LeaveWarning({ isDirty }: { readonly isDirty: boolean }) {
  const text = useText();
  useEffect(() => {
    if (!isDirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isDirty]);
  // Another tab of the page loses nothing.
  return <LeavePrompt when={isDirty} message={text('form.leave')} except={pagePath} />;
}
