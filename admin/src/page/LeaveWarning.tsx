import { useEffect } from 'react';
import { Prompt } from 'react-router-dom';
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
  return (
    <Prompt
      when={isDirty}
      // Another tab of the page loses nothing.
      message={({ pathname }) => pathname === pagePath || text('accounts.leave')}
    />
  );
}
