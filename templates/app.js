/*
 * app.js - what a script makes easier; every page works without it.
 *
 * A button beside each value that is there to be copied (.copy), and a field above long lists marked
 * with data-filter that leaves only what holds the words. Wording comes with the page, on its body.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
"use strict";

(function () {
    const words = document.body.dataset;
    const FILTER_FROM = 8; /* fewer rows are seen at once */

    async function copy(source) {
        const text = "value" in source ? source.value : source.textContent;
        if (navigator.clipboard && window.isSecureContext) {
            await navigator.clipboard.writeText(text);
            return;
        }
        /* Over plain http there is only the old way: select and copy. */
        if ("select" in source) {
            source.select();
        } else {
            getSelection().selectAllChildren(source);
        }
        if (!document.execCommand("copy")) {
            throw new Error("not copied");
        }
    }

    function addCopyButton(source) {
        const button = document.createElement("button");
        const label = document.createElement("span");
        button.type = "button";
        button.className = "button small copy-button";
        label.textContent = words.copy;
        label.setAttribute("role", "status");
        button.append(label);
        button.addEventListener("click", async function () {
            try {
                await copy(source);
                label.textContent = words.copied;
                setTimeout(function () {
                    label.textContent = words.copy;
                }, 2000);
            } catch (error) {
                source.focus();
            }
        });
        source.after(button);
    }

    function addFilter(list) {
        const rows = Array.from(list.querySelectorAll(":scope > li, :scope > tbody > tr"));
        if (rows.length < FILTER_FROM) {
            return;
        }
        const field = document.createElement("input");
        const box = document.createElement("div");
        field.type = "search";
        field.autocomplete = "off";
        field.setAttribute("aria-label", words.filterLabel);
        field.placeholder = words.filterLabel;
        field.addEventListener("input", function () {
            const wanted = field.value.trim().toLocaleLowerCase();
            for (const row of rows) {
                row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
            }
        });
        box.className = "field list-filter";
        box.append(field);
        list.before(box);
    }

    for (const source of document.querySelectorAll("input.code[readonly], pre.copy")) {
        addCopyButton(source);
    }
    for (const list of document.querySelectorAll("[data-filter]")) {
        addFilter(list);
    }
})();
