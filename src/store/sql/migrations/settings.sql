-- A migration locks users and tracks for a moment. It gives up before PostgreSQL looks for deadlocks (after
-- 1 s), so a deadlock with the backend ends this transaction and never the backend's.
set local lock_timeout = '800ms';
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = 0;
set local client_min_messages = warning
