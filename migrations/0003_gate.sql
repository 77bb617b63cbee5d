-- What the gate counts, and a level that ends by itself.

ALTER TABLE app ADD level_until timestamptz;
COMMENT ON COLUMN app.level_until IS 'All falls back to Call API at this moment; NULL: it stays';

CREATE TABLE usage_hour (
    app    bigint NOT NULL REFERENCES app ON DELETE CASCADE,
    hour   timestamptz NOT NULL,
    method text NOT NULL,
    rule   text NOT NULL,
    passed bigint NOT NULL,
    PRIMARY KEY (app, hour, method, rule)
);
CREATE INDEX usage_hour_hour ON usage_hour (hour);
COMMENT ON COLUMN usage_hour.rule IS 'path of the rule that decided, empty: none did';

CREATE TABLE refusal (
    app          bigint NOT NULL REFERENCES app ON DELETE CASCADE,
    hour         timestamptz NOT NULL,
    reason       text NOT NULL,
    method       text NOT NULL,
    rule         text NOT NULL,
    count        bigint NOT NULL,
    last_at      timestamptz NOT NULL,
    last_request text NOT NULL,
    PRIMARY KEY (app, hour, reason, method, rule)
);
CREATE INDEX refusal_hour ON refusal (hour);
COMMENT ON COLUMN refusal.last_request IS 'request id of the last one, as its answer gave it';

GRANT SELECT, INSERT, UPDATE, DELETE ON usage_hour, refusal TO {runtime_role};
