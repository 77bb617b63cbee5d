/*
 * password.c - what a password may be: long enough, and none of those that everybody tries first.
 *
 * Nothing is asked about kinds of characters: that makes passwords worse (NIST SP 800-63B).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "rules/rules.h"

/* Those of 8 characters and more that are tried first, in lower case. */
static const char *const common[] = {
    /* clang-format off */
    "00000000", "000000000", "0000000000", "01234567", "0123456789", "0987654321", "10101010",
    "1029384756", "11111111", "111111111", "1111111111", "11223344", "1122334455",
    "112233445566", "12121212", "123123123", "123321123", "12341234", "12344321", "123454321",
    "12345678", "123456780", "123456789", "1234567890", "12345678910", "123456789a",
    "123456789q", "12345679", "1234567a", "1234567q", "123456aa", "123456ab", "1234qwer",
    "123abc456", "123qwe123", "123qwe456", "123qweasd", "13131313", "147258369", "147852369",
    "159753159", "1a2b3c4d", "1q2w3e4r", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz1qaz", "1qaz2wsx",
    "1qaz2wsx3edc", "1qazxsw2", "22222222", "33333333", "44444444", "5201314520", "55555555",
    "66666666", "741852963", "77777777", "77777777a", "789456123", "87654321", "88888888",
    "888888888", "963852741", "987654321", "9876543210", "99999999", "999999999", "a12345678",
    "a123456789", "a1b2c3d4", "a1s2d3f4", "aa123456", "aa12345678", "aaaa1111", "aaaaaaaa",
    "aaaaaaaaa", "aaaaaaaaaa", "abc12345", "abc123456", "abc123abc", "abcabcabc", "abcd1234",
    "abcdefg1", "abcdefgh", "abcdefghi", "access12", "access123", "admin123", "admin1234",
    "admin12345", "admin123456", "admin@123", "adminadmin", "administrator", "administrator1",
    "alejandro", "aleksandr", "alexander", "alexander1", "alexandra", "anastasia", "anastasiya",
    "angel123", "angels123", "arsenal1", "arsenal123", "asd123asd", "asdasdasd", "asdf1234",
    "asdfasdf", "asdfgh123", "asdfghjk", "asdfghjkl", "asdfqwer", "asterisk", "asterisk1",
    "autumn2024", "autumn2025", "azertyuiop", "babygirl", "babygirl1", "barcelona",
    "barcelona1", "baseball", "baseball1", "basketball", "basketball1", "batman123", "benjamin",
    "blessed1", "blessing", "blink182", "blueberry1", "butterfly", "butterfly1", "callcenter",
    "callgate", "callgate1", "callofduty", "changeit", "changeme", "changeme1", "changeme123",
    "charlie1", "charlotte", "cheesecake", "chelsea1", "chelsea123", "chocolate", "chocolate1",
    "christ123", "christian", "christina", "christopher", "computer", "computer1", "contraseña",
    "corvette", "counterstrike", "crocodile", "danielle", "davidson", "december", "default1",
    "default123", "demo1234", "demodemo", "diamond1", "dmitriy1", "dolphins", "dragon12",
    "dragon123", "drowssap", "dynamo123", "ekaterina", "elephant", "elizabeth", "elizabeth1",
    "explorer", "february", "fernando", "ferrari1", "football", "football1", "football123",
    "fortnite1", "francisco", "gabriela", "gangster", "godbless", "goodbye1", "goodluck",
    "goodluck1", "guest123", "guestguest", "harley123", "heaven123", "hello123", "hello1234",
    "hello12345", "hellohello", "hellokitty", "helloworld", "huawei123", "hunter123",
    "ilovegod", "iloveyou", "iloveyou!", "iloveyou1", "iloveyou2", "internet", "internet1",
    "isabella", "january1", "jennifer", "jennifer1", "jessica1", "jesus123", "jesuschrist",
    "jonathan", "jordan23", "juventus", "juventus1", "katerina", "kawasaki", "killer123",
    "letmein!", "letmein1", "letmein123", "liverpool", "liverpool1", "liverpool123", "login123",
    "loginlogin", "logitech", "lovelove", "loverboy", "loveyou1", "lucky123", "lucky777",
    "macintosh", "madeline", "manager1", "manchester", "manutd123", "margaret", "master123",
    "mastermaster", "mercedes", "metallica", "metallica1", "michael1", "michelle", "michelle1",
    "microsoft", "midnight", "midnight1", "minecraft", "minecraft1", "monkey12", "monkey123",
    "motdepasse", "mustang1", "mylove123", "mypassword", "mypassword1", "natasha1", "newpass1",
    "newpassword", "nicholas", "nintendo", "nirvana1", "nopassword", "november", "october1",
    "operator", "operator1", "p@ssw0rd", "p@ssw0rd1", "p@ssword", "pa$$w0rd", "pa$$word",
    "pass1234", "pass12345", "pass123456", "passpass", "passphrase", "passw0rd", "passw0rd1",
    "password", "password!", "password!!", "password01", "password1", "password1!",
    "password12", "password123", "password1234", "password2", "password3", "password99",
    "passwort", "passwort1", "passwort123", "patricia", "pineapple1", "playstation", "pokemon1",
    "pokemon123", "porsche1", "porsche911", "princess", "princess1", "princess123", "pussycat",
    "q12345678", "q123456789", "q1w2e3r4", "q1w2e3r4t5", "q1w2e3r4t5y6", "qazwsx123",
    "qazwsxedc", "qazwsxedcrfv", "qwe123qwe", "qweasd123", "qweasdzxc", "qweqwe123",
    "qweqweqwe", "qwer1234", "qwerasdf", "qwerty1!", "qwerty12", "qwerty123", "qwerty1234",
    "qwerty12345", "qwerty123456", "qwerty7890", "qwertyqwerty", "qwertyui", "qwertyuiop",
    "qwertyuiop123", "qwertz123", "qwertzuiop", "realmadrid", "root1234", "rootpass",
    "rootroot", "samantha", "samantha1", "samsung1", "samsung12", "samsung123", "saturday",
    "scorpion", "sebastian", "secret12", "secret123", "secretsecret", "september", "shadow12",
    "shadow123", "softball", "spartak1", "spiderman", "spiderman1", "spring2024", "spring2025",
    "startrek", "starwars", "starwars1", "stephanie", "strawberry", "summer2020", "summer2021",
    "summer2022", "summer2023", "summer2024", "summer2025", "sunshine", "sunshine1",
    "sunshine123", "superman", "superman1", "superman123", "superuser", "support1",
    "support123", "svetlana", "telefon1", "telephone", "temp1234", "temporary", "test1234",
    "test12345", "test123456", "tester123", "testing1", "testing123", "testtest", "thepassword",
    "thursday", "toor1234", "trustno1", "user1234", "useruser", "valentina", "veronica",
    "victoria", "victoria1", "vladimir", "volkswagen", "volleyball", "warcraft", "wednesday",
    "welcome!", "welcome1", "welcome12", "welcome123", "welcome1234", "welcome2", "whatever",
    "whatever1", "windows1", "windows10", "winter2020", "winter2021", "winter2022",
    "winter2023", "winter2024", "winter2025", "woaini1314", "woaini520", "xxxxxxxx",
    "yamaha123", "yourpassword", "zaq12wsx", "zaq1zaq1", "zenit123", "zxcvbnm,", "zxcvbnm1",
    "zxcvbnm123", "zxcvbnmasdf", "zxczxczxc", "zzzzzzzz", "йцукен123", "йцукенгш", "йцукенгшщз",
    "любовь123", "пароль12", "пароль123", "парольпароль", "привет123", "фывапролд",
    /* clang-format on */
};

static bool
is_common(const char *password)
{
    for (size_t i = 0; i < LENGTH_OF(common); i++)
        if (text_equal_nocase(common[i], password))
            return true;
    return false;
}

const char *
user_check_password(const char *password)
{
    size_t length = utf8_length(password);
    if (length < 8)
        return "error.password.short";
    /* crypt(3) takes 511 bytes. */
    if (length > 128 || strlen(password) > 511)
        return "error.password.long";
    return is_common(password) ? "error.password.common" : NULL;
}
