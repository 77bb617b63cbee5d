-- People look after applications: level requests, handing over, search, what consents last until.

ALTER TABLE app ADD created_by_app bigint REFERENCES app ON DELETE SET NULL;
CREATE INDEX app_created_by ON app (created_by_app) WHERE created_by_app IS NOT NULL;
COMMENT ON COLUMN app.created_by_app IS 'the application that made it through the API; NULL: a person did';
ALTER TABLE app ADD enabled_at timestamptz;
COMMENT ON COLUMN app.enabled_at IS 'when it was enabled again: unused counts from then on';
COMMENT ON COLUMN app.generation IS
    'one more with a new owner or type, or when all tokens were revoked: those from before count no longer';

ALTER TABLE app ADD secret_round bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN app.secret_round IS 'one more each time its secrets change: a form sent again is of another round';

-- An owner's applications by name.
CREATE INDEX app_owner_name ON app (owner_id, lower(name), id);

-- A name is looked for by any part of it, however short and of whatever characters: each that it has,
-- and each two that follow one another.
CREATE FUNCTION text_parts(whole text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    characters text[] := string_to_array(whole, NULL);
    parts text[] := characters;
BEGIN
    FOR i IN 2 .. cardinality(characters) LOOP
        parts := parts || (characters[i - 1] || characters[i]);
    END LOOP;
    RETURN parts;
END
$$;
CREATE INDEX app_name_part ON app USING gin (text_parts(lower(name)));
CREATE INDEX pbx_user_part ON pbx_user USING gin (text_parts(lower(login || ' ' || name || ' ' || email)));

-- An owner's by last use, an administrator's by type, by level, unused. By the day, as an index of the
-- moment would have to be written at each use, and all the others with it.
ALTER TABLE app
    ADD used_day date NOT NULL
        GENERATED ALWAYS AS ((coalesce(last_used_at, 'epoch') AT TIME ZONE 'UTC')::date) STORED,
    ADD unused_day date NOT NULL
        GENERATED ALWAYS AS ((greatest(created_at, last_used_at, enabled_at) AT TIME ZONE 'UTC')::date) STORED;
COMMENT ON COLUMN app.unused_day IS 'nobody has used it since';
CREATE INDEX app_owner_used ON app (owner_id, used_day DESC);
-- -id: see the audit log below.
CREATE INDEX app_kind ON app (type, level, (-id));
CREATE INDEX app_level_ends ON app (type, (-id), level_until) WHERE level_until IS NOT NULL;
CREATE INDEX app_unused ON app ((-id), unused_day) WHERE NOT api_backend;

CREATE INDEX pbx_user_tenant ON pbx_user (tenant_id, login);
CREATE INDEX pbx_user_admin ON pbx_user (id) WHERE admin;
CREATE INDEX pbx_user_blocked ON pbx_user (login) WHERE status = 'blocked';

ALTER TABLE pbx_user
    ADD must_change_password boolean NOT NULL DEFAULT false,
    ADD language text NOT NULL DEFAULT '';
COMMENT ON COLUMN pbx_user.must_change_password IS 'somebody else knows it: no page but the one for a new password';
CREATE INDEX pbx_user_must_change ON pbx_user (login) WHERE must_change_password;
COMMENT ON COLUMN pbx_user.language IS 'of the pages; empty: as the browser asks for';

ALTER TABLE session ADD proved_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN session.proved_at IS 'when the password was last given';

-- All was allowed until then, and no longer, however long the application has it.
ALTER TABLE permission ADD level_until timestamptz;
ALTER TABLE auth_code ADD level_until timestamptz;
ALTER TABLE token_grant ADD level_until timestamptz;
COMMENT ON COLUMN permission.level_until IS 'until when the level was consented to; NULL: without end';

-- What a user's password gave; consents have a permission.
CREATE INDEX token_grant_password ON token_grant (user_id) WHERE permission IS NULL;

CREATE TABLE level_request (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    app           bigint NOT NULL REFERENCES app ON DELETE CASCADE,
    user_id       bigint NOT NULL REFERENCES pbx_user ON DELETE CASCADE,
    reason        text NOT NULL CHECK (reason <> ''),
    wanted_until  timestamptz,
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'declined', 'withdrawn')),
    created_at    timestamptz NOT NULL DEFAULT now(),
    decided_at    timestamptz,
    decided_by    text NOT NULL DEFAULT '',
    answer        text NOT NULL DEFAULT '',
    granted_until timestamptz
);
CREATE UNIQUE INDEX level_request_open ON level_request (app) WHERE state = 'open';
CREATE INDEX level_request_app ON level_request (app, id);
CREATE INDEX level_request_state ON level_request (state, id);
CREATE INDEX level_request_user ON level_request (user_id);
COMMENT ON TABLE level_request IS 'somebody asks for All; one open at a time';
COMMENT ON COLUMN level_request.decided_by IS 'login of who answered, which outlives the user';

CREATE TABLE app_transfer (
    app        bigint PRIMARY KEY REFERENCES app ON DELETE CASCADE,
    from_user  bigint NOT NULL REFERENCES pbx_user ON DELETE CASCADE,
    to_user    bigint NOT NULL REFERENCES pbx_user ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX app_transfer_from ON app_transfer (from_user);
CREATE INDEX app_transfer_to ON app_transfer (to_user);
COMMENT ON TABLE app_transfer IS 'handed over, and not accepted yet';

-- Tokens issued, by hour: the workers count and write in batches, as the gate does.
CREATE TABLE token_hour (
    app   bigint NOT NULL REFERENCES app ON DELETE CASCADE,
    hour  timestamptz NOT NULL,
    grant_type text NOT NULL,
    issued bigint NOT NULL,
    PRIMARY KEY (app, hour, grant_type)
);
CREATE INDEX token_hour_hour ON token_hour (hour);

-- The audit log's pages, newest first, whatever they are filtered by. -id is what no other index has
-- in order: the planner can't take the primary key's instead and look for a rare act in all rows.
CREATE INDEX audit_log_actor ON audit_log (actor_login, act, (-id));
CREATE INDEX audit_log_object ON audit_log (object_kind, object_id, (-id));
CREATE INDEX audit_log_act ON audit_log (act, (-id));

GRANT SELECT, INSERT, UPDATE, DELETE ON level_request, app_transfer, token_hour TO {runtime_role};
