import type { SettingsView } from '../../../server/admin-contract';
import { CopyButton } from '../elements/CopyButton';
import { Fact, Facts } from '../elements/Facts';
import { Panel } from '../elements/Panel';
import { useText } from '../text';

/** The URLs that the app client in Cognito has to know, to be copied. */
export function Urls({ urls }: { readonly urls: SettingsView['urls'] }) {
  const text = useText();
  const callback = text('urls.callback');
  const signOut = text('urls.sign-out');
  return (
    <Panel title={text('urls.title')} hint={text('urls.hint')}>
      <Facts>
        <Fact name={callback} aside={<CopyButton value={urls.callback} name={callback} />}>
          {urls.callback}
        </Fact>
        {urls.signOut.map((url) => (
          <Fact key={url} name={signOut} aside={<CopyButton value={url} name={signOut} />}>
            {url}
          </Fact>
        ))}
        {urls.signOut.length === 0 && <Fact name={signOut}>{text('urls.no-sign-out')}</Fact>}
      </Facts>
    </Panel>
  );
}
