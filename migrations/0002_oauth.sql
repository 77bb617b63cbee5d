-- Consents, codes, grants, refresh tokens; access tokens in partitions by expiry; throttling.
-- {runtime_role} is replaced by the setting database.runtime_role, quoted as an identifier.

ALTER TABLE app
    ADD api_backend boolean NOT NULL DEFAULT false,
    ADD generation int NOT NULL DEFAULT 1;
COMMENT ON COLUMN app.api_backend IS 'may introspect every token, not only its own';
COMMENT ON COLUMN app.generation IS 'one more with a new owner or type: what was given before counts no longer';

CREATE TABLE permission (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    app           bigint NOT NULL REFERENCES app ON DELETE CASCADE,
    user_id       bigint NOT NULL REFERENCES pbx_user ON DELETE CASCADE,
    level         text NOT NULL CHECK (level IN ('call_api', 'all')),
    redirect_urls text[] NOT NULL,
    generation    int NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (app, user_id)
);
CREATE INDEX permission_user ON permission (user_id);
COMMENT ON TABLE permission IS 'a user''s consent; deleting it ends its codes and grants';
COMMENT ON COLUMN permission.redirect_urls IS 'those that the user was shown; empty text: the page that shows the code';

CREATE TABLE auth_code (
    code          bytea PRIMARY KEY CHECK (length(code) = 32),
    app           bigint NOT NULL REFERENCES app ON DELETE CASCADE,
    user_id       bigint NOT NULL REFERENCES pbx_user ON DELETE CASCADE,
    permission    bigint NOT NULL REFERENCES permission ON DELETE CASCADE,
    level         text NOT NULL CHECK (level IN ('call_api', 'all')),
    redirect_url  text NOT NULL,
    redirect_sent boolean NOT NULL,
    challenge     text,
    generation    int NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    grant_id      bigint,
    replayed      boolean NOT NULL DEFAULT false
);
CREATE INDEX auth_code_app ON auth_code (app);
CREATE INDEX auth_code_user ON auth_code (user_id);
CREATE INDEX auth_code_permission ON auth_code (permission);
CREATE INDEX auth_code_expires ON auth_code (expires_at);
COMMENT ON COLUMN auth_code.code IS 'SHA-256 of the code';
COMMENT ON COLUMN auth_code.redirect_sent IS 'redirect_uri was in the request, so the exchange must repeat it';
COMMENT ON COLUMN auth_code.grant_id IS 'what its first use gave; no foreign key, as that comes later in the same statement';

CREATE SEQUENCE token_grant_id;
CREATE TABLE token_grant (
    id         bigint PRIMARY KEY DEFAULT nextval('token_grant_id'),
    app        bigint NOT NULL REFERENCES app ON DELETE CASCADE,
    user_id    bigint NOT NULL REFERENCES pbx_user ON DELETE CASCADE,
    permission bigint REFERENCES permission ON DELETE CASCADE,
    level      text NOT NULL CHECK (level IN ('call_api', 'all')),
    generation int NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    leaf       bytea NOT NULL CHECK (length(leaf) = 32),
    previous   bytea CHECK (length(previous) = 32),
    rotated_at timestamptz
);
ALTER SEQUENCE token_grant_id OWNED BY token_grant.id;
CREATE INDEX token_grant_app ON token_grant (app);
CREATE INDEX token_grant_user ON token_grant (user_id);
CREATE INDEX token_grant_permission ON token_grant (permission);
CREATE INDEX token_grant_used ON token_grant (used_at);
CREATE INDEX token_grant_expires ON token_grant (expires_at);
CREATE INDEX token_grant_revoked ON token_grant (revoked_at) WHERE revoked_at IS NOT NULL;
COMMENT ON TABLE token_grant IS 'one row a redeemed code or password sign-in: all tokens that came of it end with it';
COMMENT ON COLUMN token_grant.permission IS 'NULL: the user gave the password';
COMMENT ON COLUMN token_grant.leaf IS 'the refresh token that is good now, as SHA-256';
COMMENT ON COLUMN token_grant.previous IS 'the one that leaf replaced, at rotated_at';

CREATE TABLE refresh_token (
    token      bytea PRIMARY KEY CHECK (length(token) = 32),
    grant_id   bigint NOT NULL REFERENCES token_grant ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refresh_token_grant ON refresh_token (grant_id);
COMMENT ON TABLE refresh_token IS 'every one that a grant has had; which is good is in token_grant.leaf';

CREATE UNLOGGED TABLE throttle (
    key      bytea PRIMARY KEY CHECK (length(key) = 32),
    failures int NOT NULL,
    ends_at  timestamptz NOT NULL
);
CREATE INDEX throttle_ends ON throttle (ends_at);
COMMENT ON COLUMN throttle.key IS 'SHA-256 of who failed from where';

-- No foreign keys and no index but the key: a row of what is no longer there is dead by its look-up,
-- which joins application, user and grant, and goes with its partition.
ALTER TABLE access_token RENAME TO access_token_old;
ALTER TABLE access_token_old RENAME CONSTRAINT access_token_pkey TO access_token_old_pkey;
ALTER TABLE access_token_old RENAME CONSTRAINT access_token_token_check TO access_token_old_token_check;
CREATE TABLE access_token (
    token      bytea NOT NULL CHECK (length(token) = 32),
    app        bigint NOT NULL,
    user_id    bigint NOT NULL,
    grant_id   bigint,
    generation int NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (token, expires_at)
) PARTITION BY RANGE (expires_at);
COMMENT ON COLUMN access_token.token IS 'SHA-256 of the token';
COMMENT ON COLUMN access_token.grant_id IS 'NULL: client_credentials';

-- Six hours a partition; those ahead reach past the longest lifetime (tokens.access, at most a day)
-- by a day, so that they last through a day without any worker. Whoever comes second leaves it to
-- the first, and a lock that is not to be had at once waits for the next time.
CREATE FUNCTION access_token_keep_partitions(OUT made int, OUT dropped int)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET lock_timeout = '200ms'
AS $$
DECLARE
    step constant interval := interval '6 hours';
    begins timestamptz;
    name text;
BEGIN
    made := 0;
    dropped := 0;
    IF NOT pg_try_advisory_xact_lock(7161124095342507110) THEN
        RETURN;
    END IF;
    FOR begins IN
        SELECT generate_series(date_bin(step, now(), 'epoch'), now() + interval '48 hours', step)
    LOOP
        name := 'access_token_' || to_char(begins AT TIME ZONE 'UTC', 'YYYYMMDDHH24');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE TABLE public.%I (LIKE public.access_token INCLUDING ALL)', name);
            EXECUTE format('ALTER TABLE public.access_token ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                           name, begins, begins + step);
            made := made + 1;
        EXCEPTION WHEN lock_not_available THEN
            EXIT;
        END;
    END LOOP;
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.access_token'::regclass AND c.relname < 'access_token_'
            || to_char(date_bin(step, now(), 'epoch') AT TIME ZONE 'UTC', 'YYYYMMDDHH24')
        ORDER BY c.relname
    LOOP
        BEGIN
            EXECUTE format('DROP TABLE public.%I', name);
            dropped := dropped + 1;
        EXCEPTION WHEN lock_not_available THEN
            EXIT;
        END;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION access_token_keep_partitions() FROM PUBLIC;
SELECT access_token_keep_partitions();

INSERT INTO access_token (token, app, user_id, generation, created_at, expires_at, revoked_at)
    SELECT token, app, user_id, 1, created_at, expires_at, revoked_at
    FROM access_token_old WHERE expires_at > now();
DROP TABLE access_token_old;

GRANT DELETE ON app, app_secret TO {runtime_role};
GRANT SELECT, INSERT, UPDATE, DELETE
    ON permission, auth_code, token_grant, refresh_token, throttle TO {runtime_role};
GRANT SELECT, INSERT, UPDATE ON access_token TO {runtime_role};
GRANT USAGE ON SEQUENCE token_grant_id TO {runtime_role};
GRANT EXECUTE ON FUNCTION access_token_keep_partitions() TO {runtime_role};
