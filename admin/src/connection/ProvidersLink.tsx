import { Link } from '../elements';
import { useText } from '../text';

/** Leads to the page of users-permissions where the five fields are. */
export function ProvidersLink() {
  const text = useText();
  return (
    <Link to="/settings/users-permissions/providers" endIcon="forward">
      {text('connection.providers-page')}
    </Link>
  );
}
