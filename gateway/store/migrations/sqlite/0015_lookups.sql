-- What a phone subscribed to and refused, and a message's links, are found without reading all those of the account.
CREATE INDEX subscriptions_phone ON subscriptions (account, phone, num);
CREATE INDEX opt_outs_phone ON opt_outs (account, phone, num);
DROP INDEX links_of_message;
CREATE INDEX links_of_message ON links (message, account, num);
