import { CheckPagePermissions, LoadingIndicatorPage } from '@strapi/helper-plugin';
import { pagePermissions } from '../permissions';
import { useRights } from '../rights';
import { CognitoPage } from './CognitoPage';

function PageWithRights() {
  const rights = useRights();
  return rights ? <CognitoPage rights={rights} /> : <LoadingIndicatorPage />;
}

/** Settings → Users & Permissions plugin → AWS Cognito. */
export function ProtectedPage() {
  return (
    <CheckPagePermissions permissions={pagePermissions}>
      <PageWithRights />
    </CheckPagePermissions>
  );
}
