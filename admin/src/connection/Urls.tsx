import type { SettingsView } from '../../../server/admin-contract';
import { CopyButton } from '../components/CopyButton';
import { Description, DescriptionList } from '../components/DescriptionList';
import { Panel } from '../components/Panel';
import { SettingFrame } from '../components/SettingFrame';
import { useText } from '../text';

/** The URLs that the app client in Cognito has to have, to copy. */
export function Urls({ urls }: { readonly urls: SettingsView['urls'] }) {
  const text = useText();
  const callback = text('urls.callback');
  const signOut = text('urls.sign-out');
  return (
    <SettingFrame name="urls">
      <Panel title={text('urls.title')} hint={text('urls.hint')}>
        <DescriptionList>
          <Description name={callback} aside={<CopyButton value={urls.callback} name={callback} />}>
            {urls.callback}
          </Description>
          {urls.signOut.map((url) => (
            <Description key={url} name={signOut} aside={<CopyButton value={url} name={signOut} />}>
              {url}
            </Description>
          ))}
          {urls.signOut.length === 0 && (
            <Description name={signOut}>{text('urls.no-sign-out')}</Description>
          )}
        </DescriptionList>
      </Panel>
    </SettingFrame>
  );
}
