"""Pure OAuth 2.0: builds requests and reads responses, without network or clock."""
